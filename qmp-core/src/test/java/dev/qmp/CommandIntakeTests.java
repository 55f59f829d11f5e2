package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Commands that something happens to while they are on their way from the caller to the loop. */
class CommandIntakeTests extends OnCountingLoops {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");
    /** The deadline of this command has passed before the loop sets it, and so without a delay. */
    private static final QmpCommand LATE = QmpCommand.of("late").withTimeout(Duration.ofNanos(1));

    private static final Duration SOON = Duration.ofSeconds(10);

    private NotSentException notSent(CompletableFuture<?> command) {
        Throwable failure = failureOf(command);
        assertThat(failure).isInstanceOf(NotSentException.class);
        return (NotSentException) failure;
    }

    private void runKept() {
        while (loops.kept() > 0) {
            loops.runKept(loops.kept());
        }
    }

    private void assertUsable() {
        CompletableFuture<?> reply = client.execute(COMMAND);
        peer.answer(peer.hear("query-status"), "{}");
        assertThat(reply).succeedsWithin(SOON);
        assertThat(client.status().queued()).isZero();
    }

    @Test
    @DisplayName("one whose session ends before the loop has it is not sent, and not by the next session either")
    void endsWithItsSession() {
        connect(builder -> builder.eventLoops(loops));
        loops.keep();
        CompletableFuture<?> command = client.execute("orphan");
        peer.close();
        awaitIdle();
        assertThat(command).isNotDone();
        assertThat(client.status().queued()).isEqualTo(1);
        runKept();
        loops.stopKeeping();
        assertThat(notSent(command).reason()).isEqualTo(NotSentException.Reason.NOT_CONNECTED);
        assertThat(client.status().queued()).isZero();

        peer = server.connect(client);
        assertUsable();
    }

    @Test
    @DisplayName("#45 one that is cancelled before the loop has it is not sent, and leaves its place in the queue")
    void isCancelledBeforeTheLoopHasIt() {
        connect(builder -> builder.eventLoops(loops));
        loops.keep();
        CompletableFuture<?> command = client.execute("cancelled");
        command.cancel(true);
        assertThat(client.status().queued()).isEqualTo(1);
        runKept();
        loops.stopKeeping();
        assertUsable();
    }

    @Test
    @DisplayName("G1 one that the loop cannot accept is not sent, but those before and after it are")
    void cannotBeAccepted() {
        connect(builder -> builder.eventLoops(loops));
        loops.failAt(Duration.ZERO); // as without memory for the timer
        CompletableFuture<?> before = client.execute("before");
        CompletableFuture<?> command = client.execute(LATE);
        CompletableFuture<?> after = client.execute("after");

        NotSentException failure = notSent(command);
        assertThat(failure.reason()).isEqualTo(NotSentException.Reason.DISCONNECTED);
        assertThat(failure).hasMessageContaining("the session failed").hasCauseInstanceOf(OutOfMemoryError.class);
        peer.answer(peer.hear("before"), "{}").answer(peer.hear("after"), "{}");
        assertThat(before).succeedsWithin(SOON);
        assertThat(after).succeedsWithin(SOON);
        assertUsable();
    }

    /** {@return the outcome of a command that another thread has issued} */
    private CompletableFuture<?> issueElsewhere(QmpCommand command) {
        return CompletableFuture.supplyAsync(() -> client.execute(command)).join();
    }

    @Test
    @DisplayName("G1 one behind a command that its caller wrote, and that the loop cannot take in, is not sent")
    void isBehindOneThatCannotBeTakenIn() {
        Duration limit = Duration.ofMillis(200); // the least with which a caller writes its command
        AtomicReference<CompletableFuture<?>> written = new AtomicReference<>();
        AtomicReference<CompletableFuture<?>> behind = new AtomicReference<>();
        ObjectNode heard;
        do { // a check or a busy machine may have closed the lane
            if (client != null) {
                client.close(); // with the timer of a command that its caller has not written
            }
            connect(builder -> builder.eventLoops(loops).callbackExecutor(Runnable::run));
            client.events().subscribe(EventFilter.named("NOW"), event -> {
                loops.takeCount();
                written.set(issueElsewhere(COMMAND.withTimeout(limit)));
                long issued = System.nanoTime();
                if (loops.takeCount() == 0) {
                    // the loop waits here, so that it takes the command in when the deadline has passed
                    await().until(() -> System.nanoTime() - issued > limit.toNanos());
                    loops.failAt(Duration.ZERO);
                    behind.set(issueElsewhere(QmpCommand.of("behind")));
                }
            });
            IntStream.range(0, 3).forEach(count -> assertUsable());
            peer.emit("NOW").emit("LATER");
            heard = peer.hear("query-status");
            await().until(() -> client.status().eventsReceived() == 2);
        } while (behind.get() == null);

        assertThat(notSent(behind.get())).hasMessageContaining("the session failed");
        assertThat(failureOf(written.get()))
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessageContaining("the session failed before its reply arrived");
        peer.answer(heard, "{}");
        assertUsable();
    }
}
