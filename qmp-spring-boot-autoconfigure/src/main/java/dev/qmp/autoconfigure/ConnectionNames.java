package dev.qmp.autoconfigure;

import dev.qmp.message.InternalApi;
import dev.qmp.spring.QmpPeerProtocol;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * The names of the connections in the configuration, read from the keys. Binding all connections for their names
 * would take as long as binding them for their values: with a thousand connections, half of the start.
 *
 * <p>Names that differ only in dashes, underscores and case are one connection, because their keys are equal for
 * Spring. The spelling is that of the source with the lowest precedence, so that a source that overrides a setting does
 * not rename the connection. Two spellings with an address in one source are two machines, so they stop the start
 * ({@link ConnectionNameCheck}). Environment variables have no dashes. They name a connection only if no other source
 * does, and only with a known key, so that a variable of another program makes no connection.
 */
@InternalApi
public final class ConnectionNames {

    private static final ConfigurationPropertyName CONNECTION = ConfigurationPropertyName.of("qmp.connection");
    private static final String PRIMARY = "primary";
    private static final String PROTOCOL = "protocol";
    private static final ConfigurationPropertyName DEFAULT_PROTOCOL =
            ConfigurationPropertyName.of("qmp.defaults.protocol");
    /** A name that needs no brackets in a key. Without a letter or digit, nothing would be left of it there. */
    private static final Pattern PLAIN = Pattern.compile("(?=.*[A-Za-z0-9])[A-Za-z0-9_][A-Za-z0-9_-]*");

    private static final int NAME = 2;
    private static final int KEY = 3;

    /** Keys by uniform name of their connection. */
    private final Map<String, ConfigurationPropertyName> connections = new LinkedHashMap<>();
    /** Uniform names of the connections with a key {@code primary}. */
    private final Set<String> primaries = new HashSet<>();
    /** Uniform names of the connections with a key {@code protocol}. */
    private final Set<String> protocols = new HashSet<>();

    /**
     * What decides about the beans of a connection.
     *
     * @param primary whether its beans are primary
     * @param guestAgent whether its peer is a guest agent
     */
    public record Traits(boolean primary, boolean guestAgent) {

        private Traits or(Traits other) {
            return new Traits(primary || other.primary, guestAgent || other.guestAgent);
        }
    }

    private ConnectionNames() {}

    /** {@return the names, each with the traits of its connection} */
    public static Map<String, Traits> of(Environment environment) {
        ConnectionNames names = new ConnectionNames();
        List<ConfigurationPropertyName> variables = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource keys) {
                List<ConfigurationPropertyName> found = keys.stream()
                        .filter(key -> key.getNumberOfElements() > KEY && CONNECTION.isAncestorOf(key))
                        .toList();
                if (source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource) {
                    variables.addAll(found);
                } else {
                    if (source.getUnderlyingSource() instanceof EnumerablePropertySource<?> written) {
                        ConnectionNameCheck.check(written);
                    }
                    found.forEach(names::add);
                }
            }
        }
        variables.forEach(names::addVariable);
        return names.withTraits(Binder.get(environment));
    }

    /**
     * {@return the key of a connection, below which its properties are} The name has brackets only if it needs them: a
     * bracketed name would hide the same key of other sources.
     */
    public static String keyOf(String connection) {
        return "qmp.connection." + (PLAIN.matcher(connection).matches() ? connection : "[" + connection + "]");
    }

    private void add(ConfigurationPropertyName key) {
        String name = key.getElement(NAME, Form.UNIFORM);
        connections.put(name, key.chop(KEY));
        note(name, key.getElement(KEY, Form.UNIFORM));
    }

    private void note(String name, String property) {
        if (property.equals(PRIMARY)) {
            primaries.add(name);
        } else if (property.equals(PROTOCOL)) {
            protocols.add(name);
        }
    }

    /** An underscore stands for a dot or a dash. So the elements are joined until they form a known name. */
    private void addVariable(ConfigurationPropertyName key) {
        boolean known = false;
        int last = key.getNumberOfElements() - 1;
        StringBuilder name = new StringBuilder();
        for (int i = NAME; i < last; i++) {
            name.append(key.getElement(i, Form.UNIFORM));
            if (connections.containsKey(name.toString())) {
                known = true;
                if (i + 1 == last) {
                    note(name.toString(), key.getElement(last, Form.UNIFORM));
                }
            }
        }
        if (!known && KnownKey.ofConnection().valueAt(joined(key, KEY)) != null) {
            add(key);
        }
    }

    /** {@return a key's elements from an index on, without separators} */
    static String joined(ConfigurationPropertyName key, int from) {
        StringBuilder joined = new StringBuilder();
        for (int i = from; i < key.getNumberOfElements(); i++) {
            joined.append(key.getElement(i, Form.UNIFORM));
        }
        return joined.toString();
    }

    private Map<String, Traits> withTraits(Binder binder) {
        QmpPeerProtocol byDefault = protocol(binder, DEFAULT_PROTOCOL, QmpPeerProtocol.QMP);
        Map<String, Traits> names = new LinkedHashMap<>();
        connections.forEach((uniform, connection) -> {
            boolean primary = primaries.contains(uniform)
                    && binder.bind(connection.append(PRIMARY), Bindable.of(Boolean.class))
                            .orElse(false);
            QmpPeerProtocol protocol =
                    protocols.contains(uniform) ? protocol(binder, connection.append(PROTOCOL), byDefault) : byDefault;
            names.merge(
                    connection.getLastElement(Form.ORIGINAL),
                    new Traits(primary, protocol == QmpPeerProtocol.GUEST_AGENT),
                    Traits::or);
        });
        return names;
    }

    private static QmpPeerProtocol protocol(Binder binder, ConfigurationPropertyName key, QmpPeerProtocol otherwise) {
        return binder.bind(key, Bindable.of(QmpPeerProtocol.class)).orElse(otherwise);
    }
}
