package dev.qmp.autoconfigure;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.core.env.EnumerablePropertySource;

/**
 * Checks the names of one source's connections as they are written. Spring drops most characters of a key outside
 * brackets, so its own form of a key does not show that two names have become one, and that a machine is missing.
 */
final class ConnectionNameCheck {

    private static final Pattern KEY = Pattern.compile(
            "(?<root>[^.\\[]+)\\.(?<group>[^.\\[]+)(?:\\.?\\[(?<bracketed>[^]]*)]|\\.(?<plain>[^.\\[]*))(?<rest>.*)",
            Pattern.DOTALL);

    /** What Spring keeps. It drops dashes at the beginning. */
    private static final Pattern KEPT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]*");

    private static final Pattern ALPHANUMERIC = Pattern.compile("[A-Za-z0-9]");
    private static final int NAME = 2;
    private static final int ADDRESS = 3;

    /** Names of the connections with an address, as written, by uniform name. */
    private final Map<String, Written> addresses = new HashMap<>();

    /** The same by their exact names, with or without brackets. */
    private final Map<String, Written> exactNames = new HashMap<>();

    /** A key, and the name of the connection in it. */
    private record Written(String key, String name, boolean inBrackets) {}

    private ConnectionNameCheck() {}

    /**
     * Checks all keys of a source.
     *
     * @throws InvalidQmpPropertyException if a name loses characters, or two machines would be one connection
     */
    static void check(EnumerablePropertySource<?> source) {
        ConnectionNameCheck check = new ConnectionNameCheck();
        for (String key : source.getPropertyNames()) {
            Matcher parts = partsOf(key);
            if (parts != null) {
                check.check(key, parts);
            }
        }
    }

    /** {@return the parts of a key below {@code qmp.connection}, null for any other key} */
    private static @Nullable Matcher partsOf(@Nullable String key) {
        if (key == null || key.isEmpty() || Character.toLowerCase(key.charAt(0)) != 'q') {
            return null;
        }
        Matcher parts = KEY.matcher(key);
        return parts.matches()
                        && KnownKey.uniform(parts.group("root")).equals("qmp")
                        && KnownKey.uniform(parts.group("group")).equals("connection")
                ? parts
                : null;
    }

    private void check(String key, Matcher parts) {
        String plain = parts.group("plain");
        if (plain != null) {
            refuseIfChanged(key, plain);
        }
        if (!parts.group("rest").isEmpty()) {
            refuseSecondAddress(new Written(key, plain != null ? plain : parts.group("bracketed"), plain == null));
        }
    }

    private static void refuseIfChanged(String key, String name) {
        if (name.isEmpty()) {
            throw refused(key, "the connection has no name", "Write a name between the dots.");
        }
        if (!KEPT.matcher(name).matches() || !ALPHANUMERIC.matcher(name).find()) {
            throw refused(
                    key,
                    "the name '" + name + "' would lose characters: write it in brackets: \"[" + name + "]\"",
                    "Write the name in brackets, in YAML also in quotes: \"[" + name + "]\". Outside brackets, a name"
                            + " has ASCII letters, digits, dashes and underscores, and begins with no dash.");
        }
    }

    private void refuseSecondAddress(Written written) {
        ConfigurationPropertyName form = ConfigurationPropertyName.adapt(written.key, '.');
        if (form.getNumberOfElements() > ADDRESS
                && form.getElement(ADDRESS, Form.UNIFORM).equals("address")) {
            refuseSecond(addresses.putIfAbsent(form.getElement(NAME, Form.UNIFORM), written), written);
            refuseSecond(exactNames.putIfAbsent(written.name, written), written);
        }
    }

    private static void refuseSecond(@Nullable Written first, Written second) {
        if (first == null || (first.name.equals(second.name) && first.inBrackets == second.inBrackets)) {
            return;
        }
        String difference = first.name.equals(second.name) ? "brackets" : "dashes, underscores and case";
        throw refused(
                second.key,
                "it names the same connection as " + first.key + ", because the names differ only in " + difference,
                "Give each connection a name of its own.");
    }

    private static InvalidQmpPropertyException refused(String key, String reason, String remedy) {
        return new InvalidQmpPropertyException(key, null, reason, "a name of its own").withRemedy(remedy, null);
    }
}
