package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.error.MappingException;
import dev.qmp.error.RejectedException;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.GuestSimulation;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies whose end on this machine fails. */
@Timeout(30)
class FileCopyTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final QmpServer server =
            QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
    private final GuestSimulation guest = GuestSimulation.on(server);
    private final QmpClient client =
            QmpClient.builder(server.endpoint()).guestAgent().build();
    private final GuestAgent agent = GuestAgent.of(client);

    @TempDir
    private Path folder;

    @BeforeEach
    void connect() {
        guest.putFile("/etc/hosts", "abc");
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    @DisplayName("a directory is not replaced by a downloaded file")
    void replacesNoDirectory() throws IOException {
        Path target = Files.createDirectory(folder.resolve("hosts"));

        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> agent.download("/etc/hosts", target, 3).await(LIMIT))
                .withMessageContaining(target + ": is a directory");
        assertOnlyDirectory(target);
        assertThat(server.received()).noneMatch(command -> command.name().startsWith("guest-file"));
    }

    @Test
    @DisplayName("a download that cannot get its name at the end leaves nothing")
    void leavesNoPart() {
        Path target = folder.resolve("hosts");
        AtomicInteger reads = new AtomicInteger();
        CommandHandler none = CommandHandler.returning(Map.of("count", 0, "buf-b64", "", "eof", true));
        server.handle("guest-file-read", command -> {
            try {
                reads.incrementAndGet();
                Files.createDirectory(target);
                return none.handle(command);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> agent.download("/etc/hosts", target, 3).await(LIMIT))
                .withCauseInstanceOf(IOException.class);
        assertThat(reads).hasValue(1);
        assertOnlyDirectory(target);
    }

    @Test
    @DisplayName("a file that is longer than allowed fails at its first byte, and an endless one at the limit")
    void limitsADownload() {
        Path target = folder.resolve("hosts");
        assertThat(agent.download("/etc/hosts", target, 3).await(LIMIT)).isEqualTo(3);

        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> agent.download("/etc/hosts", target, 2).await(LIMIT))
                .withMessageContaining("download of /etc/hosts")
                .withMessageContaining("longer than 2 bytes");
        assertThat(server.received())
                .filteredOn(command -> command.name().equals("guest-file-read"))
                .extracting(command -> command.arguments().path("count").asInt())
                .as("the first download has read to the end, the second one byte")
                .containsExactly(GuestFile.MAX_CHUNK, GuestFile.MAX_CHUNK, 1);

        server.handle("guest-file-seek", CommandHandler.returning(Map.of("position", 0, "eof", false)));
        server.handle("guest-file-read", CommandHandler.returning(Map.of("count", 3, "buf-b64", "YWJj", "eof", false)));
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> agent.download("/etc/hosts", target, 100).await(LIMIT))
                .withMessageContaining("longer than 100 bytes");
        assertThat(target).hasContent("abc");
        assertThat(folder.toFile().list()).containsExactly("hosts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> agent.download("/etc/hosts", target, 0))
                .withMessage("maxBytes must be positive, not 0");
    }

    @Test
    @DisplayName("a directory has a huge size for an agent, and cannot be read: the reason is not its size")
    void reportsADirectory() {
        server.handle("guest-file-seek", CommandHandler.returning(Map.of("position", Long.MAX_VALUE, "eof", false)));
        server.handle(
                "guest-file-read", CommandHandler.rejecting("GenericError", "failed to read file: Is a directory"));

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> agent.download("/etc/hosts", folder.resolve("hosts"), 1000)
                        .await(LIMIT))
                .withMessageContaining("Is a directory");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("an agent that returns more bytes than the client wants is not believed")
    void refusesMoreThanAChunk() {
        server.handle("guest-file-read", CommandHandler.returning(Map.of("count", 3, "buf-b64", "YWJj", "eof", false)));

        assertThat(agent.open("/etc/hosts", "r").thenCompose(file -> file.read(2)))
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCauseInstanceOf(MappingException.class)
                .withMessageContaining("guest-file-read returned 3 bytes, but 2 were wanted");
    }

    private void assertOnlyDirectory(Path target) {
        assertThat(target).isEmptyDirectory();
        assertThat(folder.toFile().list()).containsExactly("hosts");
    }

    /** A local end that fails in one of its methods, with an exception that it does not declare. */
    private static final class FailingEnd implements LocalEnd {

        private final String failing;
        private final long size;
        private final List<Boolean> ends = new ArrayList<>();

        FailingEnd(String failing, long size) {
            this.failing = failing;
            this.size = size;
        }

        private void failIn(String method) {
            if (failing.equals(method)) {
                throw new IllegalStateException("broken " + method);
            }
        }

        @Override
        public long size() {
            failIn("size");
            return size;
        }

        @Override
        public byte[] read(long offset, int count) {
            failIn("read");
            return new byte[0];
        }

        @Override
        public void write(long offset, byte[] bytes) {
            failIn("write");
        }

        @Override
        public void end(boolean success) {
            ends.add(success);
            failIn("end");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "size", "read", "write", "end", "result"})
    @DisplayName("an unexpected exception on this side ends the copy, the local end and the guest's file")
    void endsWithAnUnexpectedException(String failing) {
        FailingEnd end = new FailingEnd(failing, failing.equals("read") ? 3 : -1);
        Task<Long> copy = new FileCopy<Long>(
                        agent,
                        "copy",
                        "/etc/hosts",
                        3,
                        () -> {
                            end.failIn("open");
                            return end;
                        },
                        count -> {
                            end.failIn("result");
                            return count;
                        })
                .start();

        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> copy.await(LIMIT))
                .withMessageContaining("broken " + failing)
                .withCauseInstanceOf(IllegalStateException.class);
        switch (failing) {
            case "open" -> assertThat(end.ends).isEmpty();
            case "end", "result" -> assertThat(end.ends).containsExactly(true);
            default -> assertThat(end.ends).containsExactly(false);
        }
        await().until(() -> guest.openFiles() == 0);
    }
}
