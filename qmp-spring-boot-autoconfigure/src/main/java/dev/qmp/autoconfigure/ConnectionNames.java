package dev.qmp.autoconfigure;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;

/**
 * The names of the connections in the configuration, found by looking at the keys. Binding the connections for that would
 * take as long as binding them where their values are needed: with a thousand of them, half of the start.
 */
final class ConnectionNames {

    private static final ConfigurationPropertyName CONNECTION = ConfigurationPropertyName.of("qmp.connection");
    private static final int NAME = 2;
    private static final int KEY = 3;

    private ConnectionNames() {}

    /** {@return the names, each with whether its connection is primary} */
    static Map<String, Boolean> of(Environment environment) {
        Map<String, Boolean> names = new LinkedHashMap<>();
        Map<String, ConfigurationPropertyName> primaries = new HashMap<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource keys) {
                keys.stream()
                        .filter(key -> key.getNumberOfElements() > KEY && CONNECTION.isAncestorOf(key))
                        .forEach(key -> {
                            String name = key.getElement(NAME, Form.ORIGINAL);
                            names.put(name, false);
                            if (key.getElement(KEY, Form.UNIFORM).equals("primary")) {
                                primaries.putIfAbsent(name, key);
                            }
                        });
            }
        }
        Binder binder = Binder.get(environment);
        primaries.forEach((name, key) ->
                names.put(name, binder.bind(key, Bindable.of(Boolean.class)).orElse(false)));
        return names;
    }
}
