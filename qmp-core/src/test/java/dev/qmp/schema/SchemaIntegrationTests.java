package dev.qmp.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qmp.CommandCheck;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A real QEMU and its own schema: the check objects to what the machine objects to, and to nothing else. */
@RequiresQemu
@Timeout(60)
class SchemaIntegrationTests {

    /**
     * Commands that the machine rejects for their form, and their like that it accepts or rejects for another reason.
     */
    private static final String COMMANDS =
            """
            {"execute": "query-status"}
            {"execute": "query-statu"}
            {"execute": "query-status", "arguments": {"x": 1}}
            {"execute": "device_del"}
            {"execute": "device_del", "arguments": {"id": "nothing"}}
            {"execute": "device_del", "arguments": {"id": 1}}
            {"execute": "device_del", "arguments": {"id": null}}
            {"execute": "device_del", "arguments": {"id": "nothing", "x": 1}}
            {"execute": "device_add", "arguments": {"driver": "nothing", "whatever": 1}}
            {"execute": "device_add", "arguments": {"id": "nothing"}}
            {"execute": "blockdev-add", "arguments": {"driver": "fil", "node-name": "a"}}
            {"execute": "blockdev-add", "arguments": {"driver": "null-co", "node-name": "a", "size": 1024}}
            {"execute": "blockdev-add", "arguments": {"driver": "null-co", "node-name": "b", "size": "1k"}}
            {"execute": "blockdev-add", "arguments": {"driver": "null-co", "node-name": "c", "sise": 1024}}
            {"execute": "blockdev-add", "arguments": {"driver": "raw", "node-name": "d", "file": "a"}}
            {"execute": "blockdev-add", "arguments": {"driver": "raw", "node-name": "e", "file": 1}}
            {"execute": "blockdev-add", "arguments": {"driver": "raw", "node-name": "f", "file": {"driver": "null-co"}}}
            {"execute": "blockdev-add", "arguments": {"driver": "raw", "node-name": "g", "file": {"driver": "null-co", "x": 1}}}
            {"execute": "blockdev-add", "arguments": {"driver": "raw", "node-name": "h"}}
            {"execute": "blockdev-add", "arguments": {"driver": "null-co", "node-name": "i", "cache": {"direct": "yes"}}}
            {"execute": "send-key", "arguments": {"keys": 1}}
            {"execute": "send-key", "arguments": {"keys": [{"type": "qcode", "data": "nothing"}]}}
            {"execute": "send-key", "arguments": {"keys": [{"type": "qcode"}]}}
            {"execute": "send-key", "arguments": {"keys": [{"type": "number", "data": 1}]}}
            {"execute": "send-key", "arguments": {"keys": [{"type": "number", "data": "1"}]}}
            {"execute": "send-key", "arguments": {"keys": [], "hold-time": 1.5}}
            {"execute": "migrate-set-parameters", "arguments": {"tls-creds": null}}
            {"execute": "migrate-set-parameters", "arguments": {"tls-creds": 1}}
            {"execute": "object-add", "arguments": {"qom-type": "secret", "id": "s", "data": "x"}}
            {"execute": "qom-set", "arguments": {"path": "/nothing", "property": "x", "value": [1]}}
            {"execute": "human-monitor-command", "arguments": {"command-line": "info version", "cpu-index": -1}}
            {"execute": "human-monitor-command", "arguments": {"command-line": 7}}
            """;

    private static final Pattern FORM = Pattern.compile(
            "CommandNotFound|Invalid parameter (type|')|Parameter '.*' (is missing|is unexpected|does not accept)");

    private final Qemu qemu = Qemu.start();
    private final List<QmpClient> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(QmpClient::close);
        qemu.close();
    }

    private QmpClient connect(CommandCheck check) {
        QmpClientBuilder builder = QmpClient.builder(qemu.endpoint()).commandCheck(check);
        QmpClient client = builder.build();
        clients.add(client);
        client.blocking().connect();
        return client;
    }

    @Test
    void theCheckObjectsToWhatTheMachineObjectsTo() {
        QmpClient client = connect(CommandCheck.OFF);
        QmpSchema schema = client.blocking().schema();
        for (String line : COMMANDS.lines().toList()) {
            QmpCommand command =
                    QmpCommand.fromMessage((ObjectNode) JsonMapper.shared().readTree(line));
            List<CommandProblem> problems = schema.check(command);
            assertThat(problems.isEmpty())
                    .as("%s: the check finds %s", line, problems)
                    .isEqualTo(!isRejectedForItsForm(client, command));
        }
    }

    private static boolean isRejectedForItsForm(QmpClient client, QmpCommand command) {
        try {
            client.blocking().execute(command);
            return false;
        } catch (RejectedException e) {
            return FORM.matcher(e.getMessage()).find();
        }
    }

    @Test
    void aCommandWithThreeMistakesIsRefusedWithAllOfThem() {
        QmpClient client = connect(CommandCheck.REFUSE);
        Map<String, Object> arguments =
                Map.of("driver", "qcow2", "node_name", "disk0", "read-only", "yes", "file", Map.of("driver", "fil"));
        InvalidCommandException failure = assertThrows(
                InvalidCommandException.class, () -> client.blocking().execute("blockdev-add", arguments));
        assertThat(failure)
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("blockdev-add was not sent")
                .hasMessageContaining("arguments.node_name: no such argument; did you mean \"node-name\"?")
                .hasMessageContaining("arguments.read-only: must be boolean, not string")
                .hasMessageContaining(
                        "arguments.file.driver: no such value; did you mean \"file\"? It must be one of ");
        assertThat(failure.problems())
                .extracting(CommandProblem::place)
                .containsExactlyInAnyOrder("arguments.node_name", "arguments.read-only", "arguments.file.driver");
        assertThat(client.blocking().execute("query-named-block-nodes")).isEmpty();
    }
}
