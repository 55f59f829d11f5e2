package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.error.MappingException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.GuestSimulation;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Long writes, what is called during them, and writes of which an agent takes a part only. */
@Timeout(30)
class GuestFileTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    /** The number of writes in a row of which the agent may take a part. */
    private static final int MOST = 8;

    private final QmpServer server =
            QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
    private final GuestSimulation guest = GuestSimulation.on(server);
    private final QmpClient client =
            QmpClient.builder(server.endpoint()).guestAgent().build();
    private final GuestAgent agent = GuestAgent.of(client);

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    /** The number of next writes of which the agent takes one byte. */
    private final AtomicInteger shortWrites = new AtomicInteger();

    private final AtomicInteger writes = new AtomicInteger();

    @BeforeEach
    void connect() {
        guest.putFile("/etc/motd", "");
        server.handle("guest-file-write", this::write);
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private JsonNode write(QmpCommand command) {
        writes.incrementAndGet();
        byte[] bytes = GuestFile.decode(command.arguments().path("buf-b64").asString());
        int count = shortWrites.getAndUpdate(left -> Math.max(left - 1, 0)) > 0 ? 1 : bytes.length;
        written.write(bytes, 0, count);
        return QmpJson.object().put("count", count).put("eof", false);
    }

    private static byte[] content(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    @Test
    @DisplayName("a write of which the agent takes a part is continued behind that part")
    void continuesAShortWrite() {
        byte[] content = content(2 * GuestFile.MAX_CHUNK + 100);
        GuestFile file = agent.open("/etc/motd", "w").join();
        shortWrites.set(MOST);

        assertThat(file.write(content)).succeedsWithin(LIMIT);
        assertThat(written.toByteArray()).isEqualTo(content);
        assertThat(writes).hasValue(MOST + 3);
    }

    @Test
    @DisplayName("a write fails if the agent takes a part of it nine times in a row")
    void failsAfterManyShortWrites() {
        GuestFile file = agent.open("/etc/motd", "w").join();
        shortWrites.set(Integer.MAX_VALUE);

        assertThat(file.write(content(GuestFile.MAX_CHUNK + 100)))
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCauseInstanceOf(MappingException.class)
                .withMessageContaining("guest-file-write wrote 1 of 262144 bytes")
                .withMessageContaining("fixed limit");
        assertThat(writes).hasValue(MOST + 1);
    }

    @Test
    @DisplayName("a copy fails if the agent takes a part of a chunk nine times in a row")
    void failsACopyAfterManyShortWrites() {
        shortWrites.set(Integer.MAX_VALUE);

        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> agent.writeFile("/etc/motd", content(GuestFile.MAX_CHUNK))
                        .await(LIMIT))
                .withMessageContaining("guest-file-write wrote 1 of 262136 bytes");
        assertThat(writes).hasValue(MOST + 1);
    }

    @Test
    @DisplayName("the short writes before a whole one do not count")
    void countsShortWritesInARow() {
        byte[] content = content(3 * GuestFile.MAX_CHUNK);
        GuestFile file = agent.open("/etc/motd", "w").join();
        server.handle("guest-file-write", command -> {
            if (writes.get() % (MOST + 1) == 0) {
                shortWrites.set(MOST); // and then a whole one
            }
            return write(command);
        });

        assertThat(file.write(content)).succeedsWithin(LIMIT);
        assertThat(written.toByteArray()).isEqualTo(content);
        assertThat(writes).hasValueGreaterThan(2 * MOST);
    }

    @Test
    @DisplayName("a call during a long write takes effect after it: another write, a seek and a close")
    void operationsDoNotInterleave() {
        server.handle("guest-file-write", CommandHandler.returning(Map.of("count", GuestFile.MAX_CHUNK, "eof", false)));
        GuestFile file = agent.open("/etc/motd", "w").join();
        CompletableFuture<?> first = file.write(content(2 * GuestFile.MAX_CHUNK));
        CompletableFuture<?> second = file.write(content(2 * GuestFile.MAX_CHUNK));
        CompletableFuture<?> moved = file.seek(0);
        CompletableFuture<?> closed = file.closeAsync();
        CompletableFuture<?> late = file.flush();

        assertThat(CompletableFuture.allOf(first, second, moved, closed)).succeedsWithin(LIMIT);
        assertThat(late)
                .as("the file is closed")
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCauseInstanceOf(RejectedException.class);
        assertThat(server.received())
                .extracting(QmpCommand::name)
                .containsExactly(
                        "guest-file-open",
                        "guest-file-write",
                        "guest-file-write",
                        "guest-file-write",
                        "guest-file-write",
                        "guest-file-seek",
                        "guest-file-close",
                        "guest-file-flush");
    }

    @Test
    @DisplayName("a short write and a close are sent before a disconnect that follows them at once")
    void aCloseJustBeforeADisconnect() {
        server.handle("guest-file-write", CommandHandler.returning(Map.of("count", 1, "eof", false)));
        GuestFile file = agent.open("/etc/motd", "w").join();
        CompletableFuture<?> written = file.write(content(1));
        CompletableFuture<?> closed = file.closeAsync();
        CompletableFuture<?> disconnected = agent.client().disconnect();

        assertThat(CompletableFuture.allOf(written, closed, disconnected)).succeedsWithin(LIMIT);
    }

    @Test
    @DisplayName("a failed operation does not stop those behind it, however many they are")
    void goesOnAfterAFailure() {
        GuestFile file = agent.open("/etc/motd", "w").join();
        CountDownLatch queued = new CountDownLatch(1);
        server.handle(
                "guest-file-write",
                CommandHandler.rejecting("GenericError", "disk full").after(queued));
        CompletableFuture<?> failed = file.write(content(2 * GuestFile.MAX_CHUNK));
        List<CompletableFuture<?>> behind = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            behind.add(file.write(new byte[0]));
        }
        CompletableFuture<?> moved = file.seek(0);
        queued.countDown();

        assertThat(failed).failsWithin(LIMIT);
        assertThat(moved).succeedsWithin(LIMIT);
        assertThat(behind).allSatisfy(write -> assertThat(write).isCompleted());
    }
}
