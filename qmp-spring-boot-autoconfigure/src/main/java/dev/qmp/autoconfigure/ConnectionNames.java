package dev.qmp.autoconfigure;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * The names of the connections in the configuration, read from the keys. Binding all connections for their names
 * would take as long as binding them for their values: with a thousand connections, half of the start.
 *
 * <p>Names that differ only in dashes and case are one connection, because their keys are equal for Spring. The
 * spelling is that of the source with the highest priority. Environment variables have no dashes. They name a
 * connection only if no other source does, and only with a known key, so that a variable of another program makes no
 * connection.
 */
final class ConnectionNames {

    private static final ConfigurationPropertyName CONNECTION = ConfigurationPropertyName.of("qmp.connection");
    private static final String PRIMARY = "primary";
    private static final int NAME = 2;
    private static final int KEY = 3;

    /** Keys by uniform name of their connection. */
    private final Map<String, ConfigurationPropertyName> connections = new LinkedHashMap<>();
    /** Uniform names of the connections with a key {@code primary}. */
    private final Set<String> primaries = new HashSet<>();

    private ConnectionNames() {}

    /** {@return the names, each with whether its connection is primary} */
    static Map<String, Boolean> of(Environment environment) {
        ConnectionNames names = new ConnectionNames();
        List<ConfigurationPropertyName> variables = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource keys) {
                boolean isEnvironment = source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
                keys.stream()
                        .filter(key -> key.getNumberOfElements() > KEY && CONNECTION.isAncestorOf(key))
                        .forEach(isEnvironment ? variables::add : names::add);
            }
        }
        variables.forEach(names::addVariable);
        return names.withPrimary(Binder.get(environment));
    }

    private void add(ConfigurationPropertyName key) {
        String name = key.getElement(NAME, Form.UNIFORM);
        connections.put(name, key.chop(KEY));
        if (key.getElement(KEY, Form.UNIFORM).equals(PRIMARY)) {
            primaries.add(name);
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
                if (i + 1 == last && key.getElement(last, Form.UNIFORM).equals(PRIMARY)) {
                    primaries.add(name.toString());
                }
            }
        }
        if (!known && KnownKey.ofConnection().hasValue(joined(key, KEY))) {
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

    private Map<String, Boolean> withPrimary(Binder binder) {
        Map<String, Boolean> names = new LinkedHashMap<>();
        connections.forEach((uniform, connection) -> {
            boolean primary = primaries.contains(uniform)
                    && binder.bind(connection.append(PRIMARY), Bindable.of(Boolean.class))
                            .orElse(false);
            names.merge(connection.getLastElement(Form.ORIGINAL), primary, Boolean::logicalOr);
        });
        return names;
    }
}
