package dev.qmp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.QmpClient;
import dev.qmp.error.MappingException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpVersion;
import dev.qmp.schema.QmpSchema;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server with a schema rejects what the machine of this schema rejects. */
class RecordedSchemaTests {

    private QmpServer server;
    private QmpClient client;

    private void start(String version) {
        start(QmpServer.builder("tcp:127.0.0.1:0").schema(version));
    }

    private void start(QmpServer.Builder builder) {
        server = builder.handler("blockdev-add", command -> QmpJson.object())
                .handler("query-status", command -> QmpJson.object().put("status", "running"))
                .handler("blockdev-set-active", command -> QmpJson.object())
                .start();
        client = QmpClient.builder(server.endpoint()).build();
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        if (client != null) {
            client.close();
            server.close();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.qmp.schema.QmpSchema#recordedVersions")
    void describesItselfAsTheRecordedMachine(String version) {
        start(version);
        assertThat(client.status().greeting().version().toString()).isEqualTo(version + ".0");
        assertThat(client.blocking().schema()).isSameAs(QmpSchema.recorded(version));
        assertThat(client.blocking().execute("query-commands"))
                .hasSameSizeAs(QmpSchema.recorded(version).commands().keySet());
        assertThat(client.blocking().execute("query-status").path("status").asString())
                .isEqualTo("running");
    }

    @Test
    void rejectsACommandThatTheProductionMachineLacks() {
        start("7.2");
        assertRejected("blockdev-set-active", Map.of("active", true), "CommandNotFound", "has not been found");
        client.close();
        server.close();
        start("11.1");
        assertThat(client.blocking().execute("blockdev-set-active", Map.of("active", true)))
                .isEmpty();
    }

    @Test
    void rejectsArgumentsAsTheMachineDoes() {
        start("10.0");
        assertThat(client.blocking().execute("blockdev-add", Map.of("driver", "null-co", "node-name", "a")))
                .isEmpty();
        assertRejected("blockdev-add", Map.of("driver", "null-co", "sise", 1), "Parameter 'sise' is unexpected");
        assertRejected("blockdev-add", Map.of("driver", "raw"), "Parameter 'file' is missing");
        assertRejected(
                "blockdev-add",
                Map.of("driver", "null-co", "size", "1"),
                "Invalid parameter type for 'size', expected: integer");
        assertRejected("blockdev-add", Map.of("driver", "nul-co"), "Parameter 'driver' does not accept value 'nul-co'");
        assertThat(server.received()).hasSize(5);
    }

    /** The words are those of QEMU 7.2 and 11.1. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "migrate-set-capabilities | {\"capabilities\": 1}"
                        + "| Invalid parameter type for 'capabilities', expected: array",
                "migrate-set-capabilities | {\"capabilities\": [{\"capability\": \"nope\", \"state\": true}]}"
                        + "| Parameter 'capability' does not accept value 'nope'",
                "block-dirty-bitmap-merge | {\"node\": \"n\", \"target\": \"t\", \"bitmaps\": 5}"
                        + "| Invalid parameter type for 'bitmaps', expected: array",
                "blockdev-add | {\"driver\": 5, \"node-name\": \"x\"}"
                        + "| Invalid parameter type for 'driver', expected: string"
            })
    void rejectsInTheMachinesWords(String command, String arguments, String words) {
        start("7.2");
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() ->
                        client.blocking().execute(command, JsonMapper.shared().readTree(arguments)))
                .satisfies(rejection -> assertThat(rejection.description()).isEqualTo(words));
    }

    private void assertRejected(String command, Map<String, ?> arguments, String... parts) {
        assertThatThrownBy(() -> client.blocking().execute(command, arguments))
                .isInstanceOf(RejectedException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void aReplyDescribesAMachineThatIsNotRecorded() {
        JsonNode reply = JsonMapper.shared()
                .readTree(
                        """
                [{"meta-type": "command", "name": "query-status", "arg-type": "0", "ret-type": "0"},
                 {"meta-type": "command", "name": "query-qmp-schema", "arg-type": "0", "ret-type": "0"},
                 {"meta-type": "object", "name": "0", "members": []}]
                """);
        start(QmpServer.builder("tcp:127.0.0.1:0")
                .version(new QmpVersion(9, 1, 2, "own"))
                .schema(reply));
        assertThat(client.status().greeting().version().toString()).isEqualTo("9.1.2");
        assertThat(client.blocking().execute("query-status").path("status").asString())
                .isEqualTo("running");
        assertRejected("query-status", Map.of("x", 1), "Parameter 'x' is unexpected");
        assertRejected("blockdev-add", Map.of(), "CommandNotFound", "has not been found");
        assertRejected("query-commands", Map.of(), "CommandNotFound", "has not been found");
        assertThat(client.blocking().execute("query-qmp-schema")).isEqualTo(reply);
    }

    @Test
    void aReplyThatIsNoSchemaIsRefused() {
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> QmpServer.builder("tcp:127.0.0.1:0").schema(QmpJson.object()));
    }

    @Test
    void aVersionThatWasNotRecordedIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpServer.builder("tcp:127.0.0.1:0").schema("6.0"))
                .withMessageContaining("10.0");
    }
}
