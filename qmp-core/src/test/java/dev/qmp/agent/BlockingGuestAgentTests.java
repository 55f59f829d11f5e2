package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.qmp.QmpClient;
import dev.qmp.error.CommandException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.GuestSimulation;
import dev.qmp.task.TaskWaitException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls in threads that must not wait, or that are interrupted. */
@Timeout(30)
class BlockingGuestAgentTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final ExecRequest PROGRAM = ExecRequest.of("/bin/true");

    private final QmpServer server =
            QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
    private final GuestSimulation guest = GuestSimulation.on(server);
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .guestAgent()
            .callbackExecutor(Runnable::run)
            .build();
    private final BlockingGuestAgent agent = GuestAgent.of(client).blocking();

    @BeforeEach
    void connect() {
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        boolean interrupted = Thread.interrupted();
        client.close();
        server.close();
        assertThat(interrupted).as("left to another test").isFalse();
    }

    private void assertNotReceived(String name) {
        agent.ping();
        assertThat(server.received()).extracting(QmpCommand::name).doesNotContain(name);
    }

    @Test
    @DisplayName("on an event loop, exec starts no program")
    void startsNoProgramOnAnEventLoop() {
        CountDownLatch attached = new CountDownLatch(1);
        server.handle("guest-ping", CommandHandler.returning(null).after(attached));
        CompletableFuture<Void> called = agent.async().ping().thenAccept(alive -> assertThatIllegalStateException()
                .isThrownBy(() -> agent.exec(PROGRAM, LIMIT))
                .withMessageContaining("event loop"));
        attached.countDown();

        assertThat(called).succeedsWithin(LIMIT);
        assertNotReceived("guest-exec");
    }

    @Test
    @DisplayName("in an interrupted thread, exec starts no program")
    void startsNoProgramInAnInterruptedThread() {
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> agent.exec(PROGRAM, LIMIT))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(NotSentException.Reason.INTERRUPTED))
                .satisfies(e -> assertThat(e.commandName()).isEqualTo("guest-exec"));
        assertThat(Thread.interrupted()).isTrue();
        assertNotReceived("guest-exec");
    }

    @Test
    @DisplayName("an interrupt is no sign of an absent agent: isListening throws")
    void doesNotTakeAnInterruptForAnAbsentAgent() {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> agent.isListening(LIMIT))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(NotSentException.Reason.INTERRUPTED));
        assertThat(Thread.interrupted()).isTrue();

        Thread caller = Thread.currentThread();
        server.handle("guest-ping", command -> {
            caller.interrupt();
            return CommandHandler.returning(null).withoutReply().handle(command);
        });
        assertThatExceptionOfType(OutcomeUnknownException.class)
                .isThrownBy(() -> agent.isListening(LIMIT))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(OutcomeUnknownException.Reason.INTERRUPTED));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    @DisplayName("an interrupt that the work leaves loses neither its result nor the thaw")
    void keepsTheResultOfInterruptedWork() {
        assertThat(agent.whileFrozen(LIMIT, () -> {
                    Thread.currentThread().interrupt();
                    return guest.isFrozen();
                }))
                .isTrue();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(guest.isFrozen()).isFalse();
    }

    @Test
    @DisplayName("an interrupt that failed work leaves does not lose the thaw's failure")
    void keepsTheFailureOfInterruptedWork() {
        IllegalArgumentException failure = new IllegalArgumentException("of the work");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> agent.whileFrozen(LIMIT, () -> {
                    guest.thaw();
                    Thread.currentThread().interrupt();
                    throw failure;
                }))
                .isSameAs(failure)
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .isInstanceOfSatisfying(FreezeException.class, early -> assertThat(early.kind())
                                .isEqualTo(FreezeException.Kind.THAWED_TOO_EARLY)));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    @DisplayName("a caller that is interrupted during a freeze does not wait for the thaw, which follows")
    void doesNotWaitForTheThawOfAnInterruptedFreeze() {
        Thread caller = Thread.currentThread();
        CountDownLatch left = new CountDownLatch(1);
        server.handle("guest-fsfreeze-freeze", command -> {
            caller.interrupt();
            return CommandHandler.returning(null).withoutReply().handle(command);
        });
        server.handle("guest-fsfreeze-thaw", CommandHandler.returning(1).after(left));

        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> agent.whileFrozen(LIMIT, () -> "no work"))
                .isInstanceOf(OutcomeUnknownException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasAtLeastOneElementOfType(TaskWaitException.class));
        assertThat(Thread.interrupted()).isTrue();
        left.countDown();
    }
}
