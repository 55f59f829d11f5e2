package dev.qmp.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.type.BlockdevOptions;
import java.io.File;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Which arguments are hidden where a command is shown. */
class SecretArgumentsTests {

    private static final Pattern SUSPICIOUS =
            Pattern.compile("passw|passphrase|secret|token|cookie|credential|private", Pattern.CASE_INSENSITIVE);

    /** Suspicious names that hold the id of a secret object, or a flag. */
    private static final Set<String> HARMLESS = Set.of(
            "passwordid",
            "password-secret",
            "proxy-password-secret",
            "cookie-secret",
            "key-secret",
            "new-secret",
            "old-secret",
            "cookie64");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'execute': 'set_password', 'arguments': {'protocol': 'vnc', 'password': 'hunter2'}}",
                "{'execute': 'change-vnc-password', 'arguments': {'password': 'hunter2'}}",
                "{'execute': 'change', 'arguments': {'device': 'vnc', 'target': 'password', 'arg': 'hunter2'}}",
                "{'execute': 'object-add', 'arguments': {'qom-type': 'secret', 'id': 's', 'data': 'hunter2'}}",
                "{'execute': 'object-add', 'arguments': {'qom-type': 'secret', 'id': 's', 'props': {'data': 'hunter2'}}}",
                "{'execute': 'qom-set', 'arguments': {'path': '/objects/s', 'property': 'data', 'value': 'hunter2'}}",
                "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'set_password vnc hunter2'}}",
                "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'object_add secret,data=hunter2'}}",
                "{'execute': 'blockdev-add', 'arguments': {'driver': 'http', 'url': 'http://me:hunter2@host/x'}}",
                "{'execute': 'blockdev-add', 'arguments': {'driver': 'http', 'url': 'http://me:my@hunter2@host/x'}}",
                "{'execute': 'blockdev-add', 'arguments': {'driver': 'http', 'cookie': 'id=hunter2'}}",
                "{'execute': 'blockdev-add', 'arguments': {'filename': 'json:{\\\"password\\\": \\\"hunter2\\\"}'}}",
                "{'execute': 'blockdev-add', 'arguments': {'filename': 'json:{\\\"password\\\":\\\"hunter2\\\", \\\"driver\\\": 1}'}}",
                "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'set_password\\tvnc\\thunter2'}}",
                "{'execute': 'transaction', 'arguments': {'actions': [{'data': {'password': 'hunter2'}}]}}",
                "{'execute': 'guest-set-user-password', 'arguments': {'username': 'root', 'password': 'hunter2'}}",
                "{'execute': 'guest-exec', 'arguments': {'path': '/bin/sh', 'env': ['TOKEN=hunter2']}}",
                "{'execute': 'guest-file-write', 'arguments': {'handle': 1, 'buf-b64': 'hunter2'}}",
                "{'execute': 'of-the-future', 'arguments': {'deep': {'secret': ['hunter2']}}}"
            })
    void aSecretIsHidden(String message) {
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(message.replace('\'', '"'));
        QmpCommand command = QmpCommand.fromMessage(tree);
        assertThat(String.valueOf(SecretArguments.redact(command)))
                .doesNotContain("hunter2")
                .contains(SecretArguments.HIDDEN);
        assertThat(String.valueOf(command.arguments())).contains("hunter2");
    }

    @Test
    void everythingElseStays() {
        QmpCommand command = QmpCommand.of(
                "blockdev-add", Map.of("driver", "luks", "key-secret", "sec0", "file", "node0", "read-only", true));
        assertThat(SecretArguments.redact(command)).isEqualTo(command.arguments());
        assertThat(SecretArguments.redact(QmpCommand.of("query-status"))).isNull();
    }

    @ParameterizedTest
    @MethodSource("dev.qmp.schema.QmpSchema#recordedVersions")
    void everySuspiciousArgumentOfARecordedVersionIsDecided(String version) {
        Set<String> undecided = new TreeSet<>();
        QmpSchema.recorded(version)
                .commands()
                .forEach((name, command) -> collect(name, command.arguments(), new HashSet<>(), undecided));
        assertThat(undecided).as("arguments to hide or to call harmless").isEmpty();
    }

    /** A record's own {@code toString} is not final, the one that the compiler makes is. */
    @Test
    void noGeneratedRecordShowsASecret() throws Exception {
        Set<String> contents = Set.of("buf-b64", "out-data", "err-data");
        Path classes = Path.of(BlockdevOptions.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Set<String> hiding = new TreeSet<>();
        Set<String> showing = new TreeSet<>();
        try (Stream<Path> files = Files.walk(classes.resolve("dev/qmp/qapi"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".class")).toList()) {
                String name = classes.relativize(file).toString().replace(File.separatorChar, '.');
                Class<?> type = Class.forName(
                        name.substring(0, name.length() - ".class".length()),
                        false,
                        BlockdevOptions.class.getClassLoader());
                if (type.isRecord()
                        && Stream.of(type.getRecordComponents())
                                .map(SecretArgumentsTests::memberOf)
                                .anyMatch(
                                        member -> SecretArguments.isSecretName(member) || contents.contains(member))) {
                    boolean isImplicit =
                            Modifier.isFinal(type.getDeclaredMethod("toString").getModifiers());
                    (isImplicit ? showing : hiding).add(type.getName());
                }
            }
        }
        assertThat(showing).isEmpty();
        assertThat(hiding).contains("dev.qmp.qapi.agent.type.GuestExecStatus").hasSizeGreaterThan(5);
    }

    private static String memberOf(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static void collect(String command, SchemaType type, Set<SchemaType> visited, Set<String> undecided) {
        if (!visited.add(type)) {
            return;
        }
        if (type instanceof ObjectType object) {
            object.members().forEach((name, member) -> {
                if (SUSPICIOUS.matcher(name).find()
                        && !HARMLESS.contains(name)
                        && !SecretArguments.isSecretName(name)) {
                    undecided.add(command + ": " + name);
                }
                collect(command, member.type(), visited, undecided);
            });
            object.variants().values().forEach(variant -> collect(command, variant, visited, undecided));
        } else if (type instanceof ArrayType array) {
            collect(command, array.element(), visited, undecided);
        } else if (type instanceof AlternateType alternate) {
            alternate.choices().forEach(choice -> collect(command, choice, visited, undecided));
        }
    }
}
