package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.error.CommandException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.GuestSimulation;
import dev.qmp.task.Task;
import dev.qmp.testing.Waits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A rebooted guest, whose agent gives the handles of files that were open before to other files. The session lasts. */
@Timeout(30)
class GuestRebootTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String LOST = "handle '1000' is lost";
    private static final CommandHandler FROZEN = CommandHandler.rejecting(
            "CommandNotFound", "Command guest-file has been disabled: the agent is in frozen state");

    private final QmpServer server =
            QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
    private final QmpClient client =
            QmpClient.builder(server.endpoint()).guestAgent().build();
    private final GuestAgent agent = GuestAgent.of(client);
    private GuestSimulation guest = boot();

    @BeforeEach
    void connect() {
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    /** The handles of a new simulation begin at 1000 again. */
    private GuestSimulation boot() {
        guest = GuestSimulation.on(server);
        guest.putFile("/a", "aaaa");
        guest.putFile("/b", "bbbb");
        return guest;
    }

    private List<QmpCommand> received(String name) {
        return server.received().stream()
                .filter(command -> command.name().equals(name))
                .toList();
    }

    private static void assertLost(CompletableFuture<?> command, String name) {
        assertLost(command, name, NotSentException.class);
    }

    private static void assertLost(CompletableFuture<?> command, String name, Class<? extends CommandException> type) {
        assertThat(command)
                .failsWithin(LIMIT)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        type, failure -> assertThat(failure.commandName()).isEqualTo(name))
                .withMessageContaining(LOST);
    }

    @Test
    @DisplayName("a file whose handle belongs to another one is lost: its commands and its close are not sent")
    void losesAFile() {
        GuestFile lost = agent.open("/a", "r").join();
        assertThat(lost.handle()).isEqualTo(1000);
        boot();

        GuestFile file = agent.open("/b", "r").join();

        assertThat(file.handle())
                .as("the lost file may have used 1000 meanwhile")
                .isEqualTo(1001);
        int before = server.received().size();
        assertLost(lost.read(4), "guest-file-read");
        assertLost(lost.write(new byte[1]), "guest-file-write");
        assertLost(lost.seek(0), "guest-file-seek");
        assertLost(lost.flush(), "guest-file-flush");
        assertThat(lost.closeAsync()).succeedsWithin(LIMIT);
        assertThat(server.received()).hasSize(before);
        assertThat(file.read(4)).succeedsWithin(LIMIT).isEqualTo(new byte[] {'b', 'b', 'b', 'b'});
        assertThat(guest.openFiles()).isEqualTo(1);
        assertThat(file.closeAsync()).succeedsWithin(LIMIT);
        assertThat(guest.openFiles()).isZero();
    }

    @Test
    @DisplayName("all objects for a handle are lost together, and one for a handle that another program has opened")
    void losesAKnownHandle() {
        GuestFile first = agent.open("/a", "r").join();
        GuestFile second = GuestFile.of(agent.withTimeout(LIMIT), "/a", first.handle());
        GuestFile other = GuestFile.of(agent, "/c", 1001);
        boot();

        assertThat(agent.open("/b", "r").join().handle()).isEqualTo(1002);

        assertLost(first.seekToEnd(), "guest-file-seek");
        assertLost(second.seekToEnd(), "guest-file-seek");
        assertThat(other.closeAsync()).succeedsWithin(LIMIT);
        assertThat(received("guest-file-close")).hasSize(2);
    }

    @Test
    @DisplayName("a handle that the agent has closed may be used again")
    void aClosedHandleMayBeUsedAgain() {
        GuestFile closed = agent.open("/a", "r").join();
        assertThat(closed.closeAsync()).succeedsWithin(LIMIT);
        GuestFile unknown = GuestFile.of(agent, "/a", 1001);
        assertThat(unknown.closeAsync()).succeedsWithin(LIMIT);
        boot();

        assertThat(agent.open("/b", "r").join().handle()).isEqualTo(1000);
        assertThat(agent.open("/b", "r").join().handle()).isEqualTo(1001);
        assertThat(received("guest-file-open")).hasSize(3);
    }

    @Test
    @DisplayName("a pending close of a lost file completes, and does not close the other file")
    void endsAPendingClose() {
        GuestFile lost = agent.open("/a", "r").join();
        server.handle("guest-file-close", FROZEN);
        CompletableFuture<Void> closing = lost.closeAsync();
        await().until(() -> !received("guest-file-close").isEmpty());
        boot();
        server.handle("guest-file-close", FROZEN);

        GuestFile file = agent.open("/b", "r").join();

        assertThat(closing).succeedsWithin(LIMIT);
        assertThat(file.handle()).isEqualTo(1001);
        assertThat(guest.openFiles()).isEqualTo(2);
    }

    @Test
    @DisplayName("a seek that is queued behind the open fails, and the file that it has reached is opened again")
    void ignoresTheReplyToAnEarlierSeek() {
        GuestFile lost = agent.open("/a", "r").join();
        boot();
        CompletableFuture<CompletableFuture<Long>> stray = new CompletableFuture<>();
        AtomicInteger opens = new AtomicInteger();
        server.handle("guest-file-open", command -> {
            if (opens.incrementAndGet() == 1) {
                stray.complete(lost.seek(3)); // waits for the wire, behind this command
            }
            return QmpJson.toTree(999 + opens.get());
        });
        server.handle("guest-file-seek", command -> {
            await().until(() -> client.status().queued() == 1); // the close of the opened file
            return QmpJson.object().put("position", 3).put("eof", false);
        });

        GuestFile file = agent.open("/b", "r").join();

        assertThat(file.handle()).isEqualTo(1001);
        assertLost(stray.join(), "guest-file-seek", OutcomeUnknownException.class);
        assertThat(received("guest-file-close"))
                .extracting(command -> command.arguments().path("handle").asLong())
                .containsExactly(1000L);
        assertThat(opens).hasValue(2);
    }

    @Test
    @DisplayName("an agent that always returns the same handle, and closes none, does not keep an open busy for ever")
    void endsWithOneHandle() {
        GuestFile first = agent.open("/a", "r").join();
        server.handle("guest-file-open", CommandHandler.returning(1000));
        server.handle("guest-file-close", FROZEN);

        assertThat(agent.open("/b", "r")).succeedsWithin(LIMIT).matches(file -> file.handle() == 1000);

        assertThat(received("guest-file-open")).hasSize(1 + 9);
        assertLost(first.seekToEnd(), "guest-file-seek");
    }

    @Test
    @DisplayName("a copy whose file is lost fails, and does not go on with another file")
    void failsACopy() {
        CountDownLatch rebooted = new CountDownLatch(1);
        server.handle(
                "guest-file-read",
                CommandHandler.inTurn(
                        CommandHandler.returning(Map.of("count", 2, "buf-b64", "YWE=", "eof", false)), command -> {
                            boot();
                            server.handle("guest-file-seek", FROZEN); // the copy waits
                            rebooted.countDown();
                            return FROZEN.handle(command);
                        }));
        Task<byte[]> copy = agent.readFile("/a", 100);
        Waits.awaitUninterruptibly(rebooted);

        GuestFile file = agent.open("/b", "r").join();
        server.handle("guest-file-seek", CommandHandler.returning(Map.of("position", 2, "eof", false)));

        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> copy.await(LIMIT))
                .withMessageContaining(LOST);
        assertThat(file.read(4)).succeedsWithin(LIMIT).isEqualTo(new byte[] {'b', 'b', 'b', 'b'});
        assertThat(guest.openFiles()).isEqualTo(1);
    }
}
