package dev.qmp.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an agent replies, on a real {@code qemu-ga} and on the simulation alike. Nothing here changes the guest, which
 * is this system: no freeze, no shutdown, no suspend.
 */
@Timeout(60)
abstract class GuestContract {

    private static final JsonMapper MAPPER = new JsonMapper();

    private QmpClient client;

    abstract Endpoint endpoint();

    /** {@return a path under which a file can be created} */
    abstract String newFile();

    @AfterEach
    void close() {
        if (client != null) {
            client.close();
        }
    }

    private JsonNode run(String command, Object... arguments) {
        QmpCommand built = QmpCommand.of(command);
        for (int i = 0; i < arguments.length; i += 2) {
            built = built.withArgument((String) arguments[i], arguments[i + 1]);
        }
        if (client == null) {
            client = QmpClient.builder(endpoint()).guestAgent().build();
            client.blocking().connect();
        }
        return client.blocking().execute(built);
    }

    private void assertRejected(String text, String command, Object... arguments) {
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> run(command, arguments))
                .satisfies(rejected -> assertThat(rejected.description()).contains(text));
    }

    private JsonNode endOf(JsonNode started) {
        AtomicReference<JsonNode> status = new AtomicReference<>();
        await().until(() -> {
            status.set(run("guest-exec-status", "pid", started.path("pid").asLong()));
            return status.get().path("exited").asBoolean();
        });
        return status.get();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    // ------------------------------------------------------------------ the wire

    @Test
    void theWire() throws IOException {
        try (RawPeer peer = RawServer.dial(endpoint())) {
            assertReply(peer, "{\"execute\": \"guest-ping\"}", "{\"return\": {}}");
            assertReply(peer, "{\"execute\": \"guest-ping\", \"id\": 5}", "{\"return\": {}, \"id\": 5}");
            assertReply(peer, "{\"execute\": \"guest-sync\", \"arguments\": {\"id\": 7}}", "{\"return\": 7}");
            peer.write("{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": 8}}\n");
            assertThat(peer.read()).isEqualTo(0xFF);
            assertThat(MAPPER.readTree(peer.readLine())).isEqualTo(MAPPER.readTree("{\"return\": 8}"));
            peer.write("{\"execute\": \"guest-p");
            peer.write(new byte[] {(byte) 0xFF});
            assertThat(peer.readLine()).contains("\"GenericError\"").contains("JSON parse error");
            peer.write(new byte[] {(byte) 0xFF});
            assertThat(peer.readLine()).contains("\"GenericError\"").contains("JSON parse error");
            assertReply(peer, "{\"execute\": \"guest-ping\"}", "{\"return\": {}}");
        }
    }

    private static void assertReply(RawPeer peer, String sent, String reply) {
        peer.write(sent + "\n");
        assertThat(MAPPER.readTree(peer.readLine())).isEqualTo(MAPPER.readTree(reply));
    }

    @Test
    void refusals() {
        assertRejected("Parameter 'id' is missing", "guest-sync");
        assertRejected("Invalid parameter type for 'id', expected: integer", "guest-sync-delimited", "id", "a");
        assertRejected("Parameter 'x' is unexpected", "guest-sync", "id", 5, "x", 1);
        assertRejected("Parameter 'x' is unexpected", "guest-ping", "x", 1);
        assertRejected("Parameter 'x' is unexpected", "guest-info", "x", 1);
        assertRejected("The command nope has not been found", "nope");
        assertRejected("has not been found", "qmp_capabilities");
        assertRejected("valid values are: halt|powerdown|reboot", "guest-shutdown", "mode", "sleep");
    }

    @Test
    void infoNamesTheCommandsThatSucceedWithoutAReply() {
        JsonNode info = run("guest-info");
        assertThat(info.path("version").asString()).isNotBlank();
        List<JsonNode> silent = info.path("supported_commands")
                .valueStream()
                .filter(command -> !command.path("success-response").asBoolean())
                .toList();
        assertThat(silent)
                .extracting(command -> command.path("name").asString())
                .containsExactlyInAnyOrder(
                        "guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid");
        assertThat(info.path("supported_commands").valueStream().map(command -> command.path("name")
                        .asString()))
                .contains("guest-exec", "guest-file-open", "guest-fsfreeze-thaw", "guest-info", "guest-ping");
    }

    // ------------------------------------------------------------------ programs

    @Test
    void theEndOfAProgramIsReportedOnce() {
        JsonNode started = run("guest-exec", "path", "echo", "arg", List.of("hello"), "capture-output", true);
        JsonNode end = endOf(started);
        assertThat(end.path("exitcode").asInt(-1)).isZero();
        assertThat(end.path("out-data").asString()).isEqualTo(base64("hello\n"));
        assertThat(end.has("err-data")).isFalse();
        assertThat(end.has("signal")).isFalse();
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() ->
                        run("guest-exec-status", "pid", started.path("pid").asLong()));
    }

    @Test
    void outputIsCapturedOnDemandAndOnlyIfThereIsAny() {
        assertThat(endOf(run("guest-exec", "path", "echo", "arg", List.of("hello")))
                        .has("out-data"))
                .isFalse();
        JsonNode end = endOf(run("guest-exec", "path", "cat", "input-data", base64("in"), "capture-output", true));
        assertThat(end.path("out-data").asString()).isEqualTo(base64("in"));
        JsonNode silent = endOf(run("guest-exec", "path", "cat", "input-data", "", "capture-output", true));
        assertThat(silent.has("out-data")).isFalse();
    }

    @Test
    void aProgramRunsUntilItIsKilled() {
        JsonNode started = run("guest-exec", "path", "sleep", "arg", List.of("600"), "capture-output", true);
        String pid = Long.toString(started.path("pid").asLong());
        assertThat(run("guest-exec-status", "pid", started.path("pid").asLong())
                        .path("exited")
                        .asBoolean(true))
                .isFalse();

        JsonNode killer = run("guest-exec", "path", "kill", "arg", List.of("-TERM", pid));

        assertThat(endOf(killer).path("exitcode").asInt(-1)).isZero();
        assertThat(endOf(started).path("signal").asInt()).isEqualTo(15);
        JsonNode late = endOf(run("guest-exec", "path", "kill", "arg", List.of("-TERM", pid), "capture-output", true));
        assertThat(late.path("exitcode").asInt()).isEqualTo(1);
        assertThat(late.has("err-data")).isTrue();
    }

    @Test
    void programsThatCannotBeStarted() {
        assertRejected("/no/such/program", "guest-exec", "path", "/no/such/program");
        assertRejected("Parameter 'path' is missing", "guest-exec");
        assertRejected("Base64", "guest-exec", "path", "/no/such/program", "input-data", "%%");
        assertRejected("Parameter 'args' is unexpected", "guest-exec", "path", "/no/such/program", "args", List.of());
        assertRejected(
                "Invalid parameter type for 'arg', expected: array",
                "guest-exec",
                "path",
                "/no/such/program",
                "arg",
                "one");
        assertRejected(
                "Invalid parameter type for 'arg[0]', expected: string",
                "guest-exec",
                "path",
                "/no/such/program",
                "arg",
                List.of(1));
        assertRejected("Invalid parameter type for 'pid', expected: integer", "guest-exec-status", "pid", "one");
    }

    // ------------------------------------------------------------------ files

    @Test
    void filesHaveAPositionAndAnEnd() {
        String path = newFile();
        long handle = run("guest-file-open", "path", path, "mode", "w+").asLong();
        assertThat(run("guest-file-write", "handle", handle, "buf-b64", base64("0123456789")))
                .hasToString("{\"count\":10,\"eof\":false}");
        assertThat(run("guest-file-flush", "handle", handle).isEmpty()).isTrue();
        assertThat(seek(handle, 0, "end")).isEqualTo(10);
        assertThat(seek(handle, 4, "set")).isEqualTo(4);
        assertThat(seek(handle, -1, "cur")).isEqualTo(3);
        assertThat(seek(handle, 4, 0)).isEqualTo(4);
        assertRead(handle, 3, "456", false);
        assertRead(handle, 100, "789", true);
        assertRead(handle, 100, "", true);
        assertThat(seek(handle, 100, 0)).isEqualTo(100);
        assertRead(handle, 1, "", true);
        assertThat(run("guest-file-close", "handle", handle).isEmpty()).isTrue();
        assertRejected("handle '" + handle + "' has not been found", "guest-file-close", "handle", handle);
        assertRejected("handle '" + handle + "' has not been found", "guest-file-read", "handle", handle);
    }

    private long seek(long handle, long offset, Object whence) {
        return run("guest-file-seek", "handle", handle, "offset", offset, "whence", whence)
                .path("position")
                .asLong();
    }

    private void assertRead(long handle, int count, String text, boolean end) {
        JsonNode read = run("guest-file-read", "handle", handle, "count", count);
        assertThat(read.path("buf-b64").asString()).isEqualTo(base64(text));
        assertThat(read.path("count").asInt()).isEqualTo(text.length());
        assertThat(read.path("eof").asBoolean()).isEqualTo(end);
    }

    @Test
    void modes() {
        String path = newFile();
        assertRejected("No such file or directory", "guest-file-open", "path", path);
        assertRejected("invalid file open mode 'x'", "guest-file-open", "path", path, "mode", "x");
        write(path, "w", "one");
        write(path, "a", "two");
        long handle = run("guest-file-open", "path", path).asLong();
        assertRead(handle, 10, "onetwo", true);
        run("guest-file-close", "handle", handle);
        write(path, "w", "three");
        write(path, "r+", "T");
        handle = run("guest-file-open", "path", path, "mode", "r").asLong();
        assertRead(handle, 10, "Three", true);
        run("guest-file-close", "handle", handle);
    }

    private void write(String path, String mode, String text) {
        long handle = run("guest-file-open", "path", path, "mode", mode).asLong();
        run("guest-file-write", "handle", handle, "buf-b64", base64(text));
        run("guest-file-close", "handle", handle);
    }

    @Test
    void whatAFileRefuses() {
        String path = newFile();
        long handle = run("guest-file-open", "path", path, "mode", "w").asLong();
        assertRejected("Base64", "guest-file-write", "handle", handle, "buf-b64", "%%");
        assertRejected("count", "guest-file-write", "handle", handle, "buf-b64", base64("1"), "count", 2);
        assertRejected("Bad file descriptor", "guest-file-read", "handle", handle);
        assertRejected("count", "guest-file-read", "handle", handle, "count", -1);
        assertRejected("Invalid argument", "guest-file-seek", "handle", handle, "offset", -1, "whence", 0);
        assertRejected("9", "guest-file-seek", "handle", handle, "offset", 1, "whence", 9);
        assertRejected("Parameter 'whence' is missing", "guest-file-seek", "handle", handle, "offset", 1);
        assertRejected("expected: integer", "guest-file-read", "handle", "one");
        assertRejected("expected: string", "guest-file-open", "path", 1);
        assertRejected("'top'", "guest-file-seek", "handle", handle, "offset", 1, "whence", "top");
        run("guest-file-close", "handle", handle);
    }

    // ------------------------------------------------------------------ freeze

    @Test
    void fileSystemsAreThawed() {
        assertThat(run("guest-fsfreeze-status").asString()).isEqualTo("thawed");
    }
}
