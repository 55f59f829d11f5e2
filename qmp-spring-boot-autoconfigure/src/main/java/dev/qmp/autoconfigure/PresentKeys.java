package dev.qmp.autoconfigure;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Binds of each connection only the keys that are there. Otherwise all of a connection's keys would be asked for, of every
 * property source, for every connection: with a thousand of them, most of the start.
 */
final class PresentKeys extends AbstractBindHandler {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("qmp");
    private static final ConfigurationPropertyName CONNECTION = ROOT.append("connection");
    private static final String CONNECTION_VARIABLE = "QMP_CONNECTION";
    private static final int KEY = 3;

    /** Null if that cannot be told: then all keys are asked for. Collected anew whenever the binding starts. */
    private @Nullable Set<ConfigurationPropertyName> present;

    PresentKeys(BindHandler parent) {
        super(parent);
    }

    @Override
    public <T> @Nullable Bindable<T> onStart(ConfigurationPropertyName name, Bindable<T> target, BindContext context) {
        if (name.equals(ROOT)) {
            present = collect(context.getSources());
        }
        if (present != null
                && name.getNumberOfElements() > KEY
                && CONNECTION.isAncestorOf(name)
                && !present.contains(name)) {
            return null;
        }
        return super.onStart(name, target, context);
    }

    private static @Nullable Set<ConfigurationPropertyName> collect(Iterable<ConfigurationPropertySource> sources) {
        Set<ConfigurationPropertyName> found = new HashSet<>();
        for (ConfigurationPropertySource source : sources) {
            if (source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource variables) {
                if (hasConnections(variables)) {
                    return null;
                }
            } else if (source instanceof IterableConfigurationPropertySource keys) {
                keys.stream().filter(CONNECTION::isAncestorOf).forEach(key -> addWithParents(key, found));
            } else if (source.containsDescendantOf(CONNECTION) != ConfigurationPropertyState.ABSENT) {
                return null;
            }
        }
        return found;
    }

    /** Variables fit several keys: {@code _} is a dot or a dash. */
    private static boolean hasConnections(SystemEnvironmentPropertySource variables) {
        return Arrays.stream(variables.getPropertyNames())
                .anyMatch(
                        name -> name.toUpperCase(Locale.ROOT).replace('.', '_').contains(CONNECTION_VARIABLE));
    }

    private static void addWithParents(ConfigurationPropertyName key, Set<ConfigurationPropertyName> found) {
        for (int size = key.getNumberOfElements(); size > KEY; size--) {
            found.add(key.chop(size));
        }
    }
}
