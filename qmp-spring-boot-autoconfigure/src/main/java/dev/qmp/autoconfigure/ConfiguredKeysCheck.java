package dev.qmp.autoconfigure;

import dev.qmp.autoconfigure.UnknownQmpKeysException.UnknownKey;
import dev.qmp.error.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Stops the start if a key under {@code qmp} does not exist, before any bean is created. Without this check, a misspelt
 * setting would be ignored silently. With {@code qmp.ignore-unknown-keys}, each such key is logged, and the start goes
 * on: for applications with own keys under {@code qmp}, and for older versions with a newer configuration.
 *
 * <p>Every source that lists its keys is checked: files, the command line, system properties, a configuration server.
 * Environment variables are not ours alone: Kubernetes adds {@code QMP_CONNECTION_PORT} for a service of the name
 * {@code qmp-connection}. So a variable below a known group that matches no key is only logged.
 */
final class ConfiguredKeysCheck implements BeanFactoryPostProcessor {

    private static final SafeLog LOGGER = SafeLog.of(ConfiguredKeysCheck.class);

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("qmp");
    private static final String IGNORE = "qmp.ignore-unknown-keys";
    private static final String CONNECTION = "connection";
    private static final String ADDRESS = "address";
    private static final int NAME = 2;
    private static final int KEY = 3;

    private final Environment environment;
    private final KnownKey root = KnownKey.root();
    private final List<UnknownKey> unknown = new ArrayList<>();
    /** Empty keys of connections, as in YAML that names nothing below them; by uniform name. */
    private final Map<String, UnknownKey> withoutKeys = new LinkedHashMap<>();
    /** Connections that have keys, by uniform name, in the spelling of the source with the lowest precedence. */
    private final Map<String, ConfigurationPropertyName> withKeys = new TreeMap<>();

    ConfiguredKeysCheck(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
        List<IterableConfigurationPropertySource> variables = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource keys) {
                if (source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource) {
                    variables.add(keys);
                } else {
                    keys.stream().filter(ROOT::isAncestorOf).forEach(key -> check(key, source));
                }
            }
        }
        withoutKeys.keySet().removeAll(withKeys.keySet());
        unknown.addAll(withoutKeys.values());
        refuse(unknown);
        for (IterableConfigurationPropertySource source : variables) {
            source.stream().filter(ROOT::isAncestorOf).forEach(key -> checkVariable(key, source));
        }
    }

    /** Logs the keys if they are to be ignored, else stops the start. */
    private void refuse(List<UnknownKey> keys) {
        if (keys.isEmpty()) {
            return;
        }
        if (!Binder.get(environment).bind(IGNORE, Boolean.class).orElse(false)) {
            throw new UnknownQmpKeysException(keys);
        }
        keys.forEach(key -> LOGGER.warn("Ignored. " + key));
    }

    private void check(ConfigurationPropertyName key, ConfigurationPropertySource source) {
        KnownKey known = root;
        for (int i = 1; i < key.getNumberOfElements() && known != null; i++) {
            known = known.child(key.getElement(i, Form.UNIFORM));
        }
        boolean ofConnection = isOfConnection(key);
        if (known != null && known.isValue()) {
            if (ofConnection) {
                withKeys.put(key.getElement(NAME, Form.UNIFORM), key.chop(KEY));
            }
            return;
        }
        ConfigurationProperty property = source.getConfigurationProperty(key);
        if (known == null) {
            unknown.add(new UnknownKey(key.toString(), origin(property), advice(key)));
        } else if (ofConnection && key.getNumberOfElements() == KEY) {
            UnknownKey value =
                    new UnknownKey(key.toString(), origin(property), "write the address under " + key + ".address");
            if (hasText(property)) {
                unknown.add(value);
            } else {
                withoutKeys.putIfAbsent(key.getElement(NAME, Form.UNIFORM), value);
            }
        } else if (hasText(property)) {
            unknown.add(new UnknownKey(key.toString(), origin(property), "it has no value, only keys below it"));
        }
    }

    private static boolean hasText(@Nullable ConfigurationProperty property) {
        return property != null && !String.valueOf(property.getValue()).isBlank();
    }

    private static boolean isOfConnection(ConfigurationPropertyName key) {
        return key.getNumberOfElements() > NAME
                && key.getElement(1, Form.UNIFORM).equals(CONNECTION);
    }

    private static @Nullable Origin origin(@Nullable ConfigurationProperty property) {
        return property == null ? null : property.getOrigin();
    }

    private String advice(ConfigurationPropertyName key) {
        List<String> path = new ArrayList<>();
        for (int i = 1; i < key.getNumberOfElements(); i++) {
            path.add(key.getElement(i, Form.DASHED));
        }
        String nearest = NearestKey.of(root, path);
        return nearest != null ? "did you mean " + nearest + "?" : "the keys there are " + siblings(key);
    }

    /** {@return the keys of the deepest group on the way to the key} */
    private String siblings(ConfigurationPropertyName key) {
        KnownKey group = root;
        for (int i = 1; i < key.getNumberOfElements(); i++) {
            KnownKey child = group.child(key.getElement(i, Form.UNIFORM));
            if (child == null || child.isValue()) {
                break;
            }
            group = child;
        }
        return group.children().stream().map(KnownKey::name).collect(Collectors.joining(", "));
    }

    /**
     * Checks a key that comes from an environment variable. Dashes are missing in it, and an underscore can stand for a
     * dot or a dash. Spring reads two forms of each key: all dashes are missing, or all are underscores.
     */
    private void checkVariable(ConfigurationPropertyName key, ConfigurationPropertySource source) {
        KnownKey group = root.child(key.getElement(1, Form.UNIFORM));
        if (group == null) {
            return;
        }
        String variable = place(key, source);
        List<ConfigurationPropertyName> candidates = candidates(key, group);
        if (candidates.stream().anyMatch(candidate -> place(candidate, source).equals(variable))) {
            return;
        }
        for (ConfigurationPropertyName candidate : candidates) {
            ConfigurationProperty other = source.getConfigurationProperty(candidate);
            if (other != null) {
                LOGGER.warn(Text.printable(variable) + " is overridden by "
                        + Text.printable(String.valueOf(other.getOrigin())) + "; remove one of them");
                return;
            }
        }
        ConfigurationPropertyName meant = candidates.isEmpty() ? null : candidates.get(0);
        if (isOfConnection(key) && key.getLastElement(Form.UNIFORM).equals(ADDRESS)) {
            refuse(List.of(new UnknownKey(
                    key.toString(),
                    origin(source.getConfigurationProperty(key)),
                    meant != null
                            ? "write " + variable(meant)
                            : "no file names this connection; use a name of letters and digits, such as"
                                    + " QMP_CONNECTION_VM2_ADDRESS, or name the connection in a file, too")));
        } else if (meant != null) {
            LOGGER.warn(Text.printable(variable) + " is not read as " + Text.printable(meant.toString())
                    + ", and is ignored; write " + variable(meant));
        } else {
            LOGGER.warn(Text.printable(variable) + " is ignored, because it matches no key of qmp." + group.name()
                    + " and no connection");
        }
    }

    /** {@return the variable with the value of a key, or the key itself} */
    private static String place(ConfigurationPropertyName key, ConfigurationPropertySource source) {
        Origin origin = origin(source.getConfigurationProperty(key));
        return origin == null ? key.toString() : origin.toString();
    }

    /** {@return the known keys whose letters and digits a variable has} */
    private List<ConfigurationPropertyName> candidates(ConfigurationPropertyName key, KnownKey group) {
        List<ConfigurationPropertyName> candidates = new ArrayList<>();
        String path = ConnectionNames.joined(key, NAME);
        if (!group.isMap()) {
            addCandidate(ROOT.append(group.name()), group.valueAt(path), candidates);
            return candidates;
        }
        KnownKey entry = KnownKey.ofConnection();
        withKeys.forEach((name, connection) -> {
            if (path.startsWith(name)) {
                addCandidate(connection, entry.valueAt(path.substring(name.length())), candidates);
            }
        });
        if (key.getNumberOfElements() > KEY && !withKeys.containsKey(key.getElement(NAME, Form.UNIFORM))) {
            addCandidate(key.chop(KEY), entry.valueAt(ConnectionNames.joined(key, KEY)), candidates);
        }
        return candidates;
    }

    private static void addCandidate(
            ConfigurationPropertyName prefix, @Nullable String path, List<ConfigurationPropertyName> candidates) {
        if (path != null) {
            candidates.add(prefix.append(path));
        }
    }

    /** {@return the variable for a key, in the form without dashes} */
    private static String variable(ConfigurationPropertyName key) {
        return IntStream.range(0, key.getNumberOfElements())
                .mapToObj(i -> key.getElement(i, Form.UNIFORM).toUpperCase(Locale.ROOT))
                .collect(Collectors.joining("_"));
    }
}
