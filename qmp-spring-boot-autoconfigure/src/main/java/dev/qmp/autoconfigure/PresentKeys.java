package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpConnectionProperties;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Bindable.BindRestriction;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Binds only the keys of connections that a source contains. Otherwise Spring asks every property source for every
 * key of every connection. With a thousand connections, these lookups take most of the start. A connection with an
 * address only is created from that address without binding.
 */
final class PresentKeys extends AbstractBindHandler {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("qmp");
    private static final ConfigurationPropertyName CONNECTION = ROOT.append("connection");
    private static final String ADDRESS = "address";
    private static final String CONNECTION_VARIABLE = "QMP_CONNECTION";
    private static final int NAME = 2;
    private static final int KEY = 3;

    /**
     * Null if the present keys are unknown: then all keys are bound. Collected anew for each binding of {@code qmp} to
     * {@link QmpProperties}. An application can bind the same keys to a class of its own, which needs all of them.
     */
    private @Nullable Present present;

    PresentKeys(BindHandler parent) {
        super(parent);
    }

    @Override
    public <T> @Nullable Bindable<T> onStart(ConfigurationPropertyName name, Bindable<T> target, BindContext context) {
        if (name.equals(ROOT)) {
            present = QmpProperties.class.equals(target.getType().resolve()) ? Present.in(context.getSources()) : null;
        }
        return present != null && present.isPassedOver(name)
                ? null
                : super.onStart(name, withoutOwnValue(target), context);
    }

    /**
     * {@return the properties of a connection without a value at their own key} Otherwise Spring would convert that
     * value, such as an empty group or a variable of another program, and drop the keys below it.
     */
    private static <T> Bindable<T> withoutOwnValue(Bindable<T> target) {
        return QmpConnectionProperties.class.equals(target.getType().resolve())
                ? target.withBindRestrictions(BindRestriction.NO_DIRECT_PROPERTY)
                : target;
    }

    @Override
    public void onFinish(
            ConfigurationPropertyName name, Bindable<?> target, BindContext context, @Nullable Object result)
            throws Exception {
        if (present != null && name.equals(ROOT)) {
            Object bound = result == null && target.getValue() != null
                    ? target.getValue().get()
                    : result;
            if (bound instanceof QmpProperties properties) {
                present.addPlain(properties, context);
            }
            present = null;
        }
        super.onFinish(name, target, context, result);
    }

    /** The keys of connections that the sources contain. */
    private static final class Present {

        private final Map<String, ConfigurationPropertyName> connections = new LinkedHashMap<>();
        private final Set<ConfigurationPropertyName> keys = new HashSet<>();
        private final Set<ConfigurationPropertyName> withSettings = new HashSet<>();

        static @Nullable Present in(Iterable<ConfigurationPropertySource> sources) {
            Present present = new Present();
            for (ConfigurationPropertySource source : sources) {
                if (source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource variables) {
                    if (hasConnections(variables)) {
                        return null;
                    }
                } else if (source instanceof IterableConfigurationPropertySource all) {
                    all.stream()
                            .filter(key -> key.getNumberOfElements() > KEY && CONNECTION.isAncestorOf(key))
                            .forEach(present::add);
                } else if (source.containsDescendantOf(CONNECTION) != ConfigurationPropertyState.ABSENT) {
                    return null;
                }
            }
            return present;
        }

        /** A variable can match several keys, because {@code _} stands for a dot or a dash. */
        private static boolean hasConnections(SystemEnvironmentPropertySource variables) {
            return Arrays.stream(variables.getPropertyNames())
                    .anyMatch(name ->
                            name.toUpperCase(Locale.ROOT).replace('.', '_').contains(CONNECTION_VARIABLE));
        }

        private void add(ConfigurationPropertyName key) {
            ConfigurationPropertyName connection = key.chop(KEY);
            connections.put(connection.getLastElement(Form.ORIGINAL), connection);
            for (int size = key.getNumberOfElements(); size > KEY; size--) {
                keys.add(key.chop(size));
            }
            if (key.getNumberOfElements() > KEY + 1
                    || !key.getElement(KEY, Form.UNIFORM).equals(ADDRESS)) {
                withSettings.add(connection);
            }
        }

        boolean isPassedOver(ConfigurationPropertyName name) {
            int size = name.getNumberOfElements();
            return size > NAME && CONNECTION.isAncestorOf(name) && (size == KEY ? isPlain(name) : !keys.contains(name));
        }

        private boolean isPlain(ConfigurationPropertyName connection) {
            return connections.containsKey(connection.getLastElement(Form.ORIGINAL))
                    && !withSettings.contains(connection);
        }

        /** Adds the connections with an address only, in the order of the sources. */
        void addPlain(QmpProperties properties, BindContext context) {
            Map<String, QmpConnectionProperties> bound = new LinkedHashMap<>(properties.getConnection());
            properties.getConnection().clear();
            connections.forEach((name, connection) -> {
                QmpConnectionProperties present = bound.remove(name);
                if (present == null && isPlain(connection)) {
                    present = new QmpConnectionProperties();
                    context.getBinder()
                            .bind(connection.append(ADDRESS), Bindable.of(String.class))
                            .ifBound(present::setAddress);
                }
                if (present != null) {
                    properties.getConnection().put(name, present);
                }
            });
            properties.getConnection().putAll(bound);
        }
    }
}
