package dev.qmp.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpCommand;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a schema finds in a command. */
class CommandCheckerTests {

    private final QmpSchema schema = QmpSchema.recorded("7.2");

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            {"execute": "query-status"} | ``
            {"execute": "query-statu"} | execute: no command "query-statu"; did you mean "query-status"?
            {"execute": "frobnicate"} | execute: no command "frobnicate"
            {"exec-oob": "query-status"} | exec-oob: this command cannot be executed out of band
            {"exec-oob": "query-yank"} | ``
            {"execute": "query-status", "arguments": {"x": 1}} | arguments.x: no such argument
            {"execute": "query-status", "arguments": []} | arguments: must be object, not array
            {"execute": "device_del"} | arguments.id: missing, and not optional
            {"execute": "device_del", "arguments": {"id": 1}} | arguments.id: must be string, not number
            {"execute": "device_del", "arguments": {"id": null}} | arguments.id: must be string, not null
            {"execute": "device_add", "arguments": {"driver": "e1000", "mac": "52:54:00:00:00:01"}} | ``
            {"execute": "send-key", "arguments": {"keys": [{"type": "qcode", "data": "crtl"}]}} | arguments.keys[0].data: no such value; did you mean "ctrl"? It must be one of unmapped, shift, shift_r, alt, alt_r, ctrl, ctrl_r, menu, esc, 1, 2, 3 and 138 more
            {"execute": "send-key", "arguments": {"keys": [{"type": "number", "data": 1.5}]}} | arguments.keys[0].data: must be int, not number
            {"execute": "send-key", "arguments": {"keys": [{"type": "number", "data": 18446744073709551615}]}} | ``
            {"execute": "send-key", "arguments": {"keys": [{"type": "number", "data": 18446744073709551616}]}} | arguments.keys[0].data: must be int, not number
            {"execute": "migrate-set-parameters", "arguments": {"tls-creds": null}} | ``
            {"execute": "migrate-set-parameters", "arguments": {"tls-creds": 1}} | arguments.tls-creds: must be string or null, not number
            {"execute": "object-add", "arguments": {"qom-type": "secret", "id": "s", "data": "x", "datum": 1}} | arguments.datum: no such argument; did you mean "data"?
            {"execute": "blockdev-add", "arguments": {"driver": "raw", "file": {"driver": "file", "filenam": "/x"}}} | arguments.file.filename: missing, and not optional // arguments.file.filenam: no such argument; did you mean "filename"?
            {"execute": "blockdev-add", "arguments": {"driver": "raw", "file": "node0"}} | ``
            {"execute": "blockdev-add", "arguments": {"driver": "raw", "node_name": "x", "file": "node0"}} | arguments.node_name: no such argument; did you mean "node-name"?
            """)
    void findsWhatTheMachineWouldObjectTo(String message, String expected) {
        List<String> found = problems(message);
        if (expected == null || expected.isBlank()) {
            assertThat(found).isEmpty();
        } else {
            assertThat(String.join(" // ", found)).isEqualTo(expected);
        }
    }

    @Test
    void aWrongTagHidesNoOtherMistake() {
        assertThat(problems("{\"execute\": \"blockdev-add\", \"arguments\": "
                        + "{\"driver\": \"fil\", \"filename\": \"/x\", \"filenamee\": \"/x\"}}"))
                .hasSize(2)
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("arguments.driver: no such value; did you mean \"file\"? It must be one of "))
                .anySatisfy(problem -> assertThat(problem)
                        .isEqualTo("arguments.filenamee: no such argument in any variant; did you mean \"filename\"?"));
    }

    @Test
    void aDeprecatedArgumentIsReportedAndNotRejected() {
        List<CommandProblem> found =
                schema.check(QmpCommand.of("block-job-set-speed", java.util.Map.of("device", "a", "speed", 1)));
        assertThat(found).isEmpty();
        String deprecated = schema.commands().values().stream()
                .filter(command -> command.features().contains("deprecated"))
                .findFirst()
                .orElseThrow()
                .name();
        assertThat(schema.check(QmpCommand.of(deprecated))).anySatisfy(problem -> {
            assertThat(problem.kind()).isEqualTo(CommandProblem.Kind.DEPRECATED);
            assertThat(problem.kind().isRejected()).isFalse();
            assertThat(problem.place()).isEqualTo("execute");
        });
    }

    @Test
    void noTextContainsAValueOfTheCommand() {
        String secret = "hunter2";
        assertThat(String.join(
                        "\n",
                        problems("{\"execute\": \"set_password\", \"arguments\": {\"protocol\": \"" + secret
                                + "\", \"password\": [\"" + secret + "\"], \"connected\": \"" + secret + "\"}}")))
                .contains("arguments.password", "arguments.protocol", "arguments.connected")
                .doesNotContain(secret);
    }

    private List<String> problems(String message) {
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(message);
        return schema.check(QmpCommand.fromMessage(tree)).stream()
                .map(CommandProblem::toString)
                .toList();
    }
}
