package dev.qmp.schema;

import dev.qmp.message.QmpCommand;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Hides the arguments that carry secrets, for logs, histories and screens. QEMU's schema does not mark secrets, so this
 * class lists them: by the command, as {@code data} of {@code object-add}, and by name, as {@code password} in any
 * command. A test reads the schemas of all recorded versions. It fails if one has a suspicious argument without a
 * decision in this class.
 *
 * <p>An argument that holds the id of a secret object, such as {@code key-secret}, is not a secret and stays.
 */
public final class SecretArguments {

    /** The text that replaces a hidden value. */
    public static final String HIDDEN = "***";

    private static final Set<String> SECRET_NAMES = Set.of(
            "password",
            "passwd",
            "passphrase",
            "secret",
            "cookie",
            "rxcookie",
            "txcookie",
            "token",
            "credentials",
            "private-key");

    /** Arguments whose whole value is hidden, in any depth below the command's arguments. */
    private static final Map<String, Set<String>> BY_COMMAND = Map.ofEntries(
            Map.entry("object-add", Set.of("data")),
            Map.entry("change", Set.of("arg")),
            Map.entry("send-key", Set.of("keys")),
            Map.entry("input-send-event", Set.of("events")),
            Map.entry("ringbuf-write", Set.of("data")),
            Map.entry("sev-inject-launch-secret", Set.of("packet-header", "secret")),
            Map.entry("guest-exec", Set.of("env", "input-data")),
            Map.entry("guest-file-write", Set.of("buf-b64")),
            Map.entry("guest-set-user-password", Set.of("password")));

    /** Words of a monitor command (HMP) or of a {@code json:} file name that a secret may follow. */
    private static final Pattern SUSPICIOUS_TEXT =
            Pattern.compile("passw|secret|cookie|sendkey", Pattern.CASE_INSENSITIVE);

    /** What separates the words of a monitor command. QEMU accepts each white space. */
    private static final Pattern SPACE = Pattern.compile("\\s");

    /** Up to the last @, because a password may contain one. */
    private static final Pattern USER_INFO = Pattern.compile("://[^/\\s]*@");

    private SecretArguments() {}

    /** {@return a copy of the command's arguments with {@value #HIDDEN} for each secret; null if it has none} */
    public static @Nullable JsonNode redact(QmpCommand command) {
        Objects.requireNonNull(command, "command");
        JsonNode arguments = command.arguments();
        return arguments == null ? null : redact(command.name(), arguments);
    }

    /** {@return a copy of a command's arguments with {@value #HIDDEN} for each secret} */
    public static JsonNode redact(String command, JsonNode arguments) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(arguments, "arguments");
        JsonNode copy = arguments.deepCopy();
        if (command.equals("qom-set") && isSecret(copy.path("property").asString(""), Set.of("data"))) {
            hide(copy, "value");
        }
        redact(copy, BY_COMMAND.getOrDefault(command, Set.of()));
        return copy;
    }

    /** {@return whether an argument of this name is hidden in every command} */
    static boolean isSecretName(String name) {
        return SECRET_NAMES.contains(name.toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    private static boolean isSecret(String name, Set<String> ofCommand) {
        return ofCommand.contains(name) || isSecretName(name);
    }

    /** The recursion is as deep as the arguments, and a command has at most 1000 levels. */
    private static void redact(JsonNode node, Set<String> ofCommand) {
        if (node instanceof ObjectNode object) {
            for (String name : List.copyOf(object.propertyNames())) {
                JsonNode value = object.get(name);
                if (isSecret(name, ofCommand)) {
                    hide(object, name);
                } else if (value.isString()) {
                    object.put(name, text(value.stringValue()));
                } else {
                    redact(value, ofCommand);
                }
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                JsonNode value = array.get(i);
                if (value.isString()) {
                    array.set(i, StringNode.valueOf(text(value.stringValue())));
                } else {
                    redact(value, ofCommand);
                }
            }
        }
    }

    private static void hide(JsonNode node, String name) {
        if (node instanceof ObjectNode object && object.hasNonNull(name)) {
            object.put(name, HIDDEN);
        }
    }

    private static String text(String text) {
        boolean suspicious = SUSPICIOUS_TEXT.matcher(text).find();
        if (suspicious && text.startsWith("json:")) {
            return "json:" + HIDDEN;
        }
        Matcher space = SPACE.matcher(text);
        if (suspicious && space.find()) {
            return text.substring(0, space.end()) + HIDDEN;
        }
        return USER_INFO.matcher(text).replaceAll("://" + HIDDEN + "@");
    }
}
