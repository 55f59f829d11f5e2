package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.testing.LogRecorder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The loggers of commands and of the wire, which show no secret. */
class CommandLogTests extends OnScriptedServer {

    private static final String CANARY = "hunter2";

    private List<String> exchange(boolean wireLog, String logger) {
        try (LogRecorder log = LogRecorder.of(logger)) {
            connect(builder -> builder.name("vm1").wireLog(wireLog));
            Map<String, Object> secrets = Map.of(
                    "password",
                    CANARY,
                    "list",
                    List.of(CANARY, CANARY),
                    "nested",
                    Map.of("key", CANARY, "number", 4711));
            CompletableFuture<JsonNode> command = client.execute("set_password", secrets);
            ObjectNode heard = peer.hear("set_password");
            peer.emit("VNC_CONNECTED", QmpJson.object().put("client", CANARY));
            peer.say("{\"return\": \"stray\", \"id\": \"" + CANARY + "\"}");
            peer.answer(heard, "{\"value\": \"" + CANARY + "\", \"flag\": true}");
            command.join();
            CompletableFuture<JsonNode> rejected =
                    client.execute(QmpCommand.of("qom-get").withArgument("path", CANARY));
            peer.reject(peer.hear("qom-get"), "DeviceNotFound", CANARY);
            failureOf(rejected);
            failureOf(client.execute(quick("slow")));
            failureOf(client.execute("bad", Map.of("password", CANARY + "\uD800")));
            peer.emit("LAST");
            await().until(() -> client.status().eventsReceived() == 2);
            client.close();
            assertThat(log.everything()).noneMatch(line -> line.contains(CANARY) || line.contains("4711"));
            List<String> lines = logger.endsWith("wire") ? log.at(Level.TRACE) : log.at(Level.DEBUG);
            return lines.stream().filter(line -> line.startsWith("'vm1'")).toList(); // the loggers are the JVM's
        }
    }

    @Test
    @DisplayName(
            "#77 dev.qmp.command shows one line for each command: name, id, size, outcome and duration, no arguments")
    void logsOneLineForEachCommand() {
        List<String> lines = exchange(false, "dev.qmp.command");

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0))
                .matches("'vm1': set_password \\(id \\w+, 1\\d\\d bytes\\): succeeded after \\d+\\.\\d ms");
        assertThat(lines.get(1)).contains("'vm1': qom-get (id ", ": rejected (DeviceNotFound) after ");
        assertThat(lines.get(2)).contains("'vm1': slow (id ", ": outcome unknown (TIMED_OUT) after ");
        assertThat(lines.get(3)).contains("'vm1': bad (id none, no bytes): not sent (UNSENDABLE) after ");
    }

    @Test
    @DisplayName("#77 dev.qmp.wire shows the messages in both directions on request: all names, and no value")
    void logsTheWireOnRequest() {
        List<String> lines = exchange(true, "dev.qmp.wire");

        assertThat(lines.get(0)).isEqualTo("'vm1' receives {\"QMP\": {\"version\": object, \"capabilities\": array}}");
        assertThat(lines).anySatisfy(line -> assertThat(line)
                .startsWith("'vm1' sends {\"execute\": \"set_password\", \"arguments\": {")
                .contains("\"password\": string", "\"list\": [string, 1 more]", "\"number\": number", ", \"id\": \""));
        assertThat(lines)
                .contains("'vm1' receives {\"event\": \"VNC_CONNECTED\", \"data\": {\"client\": string}}")
                .contains("'vm1' receives {\"return\": string, \"id\": string}")
                .anyMatch(line -> line.startsWith(
                        "'vm1' receives {\"return\": {\"value\": string, \"flag\": boolean}, \"id\": \""))
                .anyMatch(line -> line.startsWith(
                        "'vm1' receives {\"error\": {\"class\": string, \"desc\": string}, \"id\": \""));
    }

    @Test
    @DisplayName("dev.qmp.wire shows nothing unless the client was built for it")
    void logsTheWireOnlyOnRequest() {
        assertThat(exchange(false, "dev.qmp.wire")).isEmpty();
    }

    @Test
    @DisplayName("a line of dev.qmp.wire is bounded, and no name breaks it")
    void boundsALine() {
        ObjectNode arguments = QmpJson.object();
        for (int i = 0; i < 10_000; i++) {
            arguments.put("member\r\n" + i, i);
        }
        try (LogRecorder log = LogRecorder.of("dev.qmp.wire")) {
            connect(builder -> builder.name("vm1").wireLog(true));
            client.execute("long", arguments);
            await().until(() -> log.at(Level.TRACE).stream().anyMatch(line -> line.contains("\"long\"")));
            assertThat(log.at(Level.TRACE))
                    .allSatisfy(line -> assertThat(line).hasSizeLessThan(1100).doesNotContain("\n"));
        }
    }
}
