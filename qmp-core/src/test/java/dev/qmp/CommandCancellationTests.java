package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Commands whose callers cancel them, before the write and after it. */
class CommandCancellationTests extends OnScriptedServer {

    @Test
    @DisplayName("#45 cancelled before the write: the command is withdrawn")
    void withdrawsACancelledCommand() {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");
        CompletableFuture<JsonNode> second = client.execute("second");
        CompletableFuture<JsonNode> third = client.execute("third");

        assertThat(second.cancel(true)).isTrue();

        await().until(() -> client.status().queued() == 1);
        peer.answer(firstCommand, "{}");
        peer.answer(peer.hear("third"), "{}");
        first.join();
        third.join();
        assertThat(second).isCancelled();
        assertThat(client.status().abandoned()).isZero();
    }

    @Test
    @DisplayName("#45 cancelled after the write: the reply is dropped when it comes")
    void abandonsACancelledCommand() {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        ObjectNode heard = peer.hear("first");

        command.cancel(false);

        await().until(() -> client.status().abandoned() == 1);
        peer.answer(heard, "{}");
        await().until(() -> client.status().abandoned() == 0);
        assertThat(client.status().lateReplies()).isEqualTo(1);
        assertThat(command).isCancelled();
        assertThat(client.status().strayReplies()).isZero();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("#45 cancelled twice, or by its holder and a deadline at once: it is abandoned once")
    void countsACommandThatIsGivenUpTwiceOnce() {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        ObjectNode heard = peer.hear("first");
        for (int i = 0; i < 10; i++) {
            command.cancel(false);
        }
        client.execute("second");
        ObjectNode second = peer.hear("second");

        assertThat(client.status().abandoned()).isEqualTo(1);
        assertThat(client.status().pending()).isEqualTo(1);
        peer.answer(second, "{}").answer(heard, "{}");
        await().until(() -> client.status().abandoned() == 0);
        assertThat(client.status().pending()).isZero();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("#45 #31 a command that times out and is cancelled before its caller is notified is abandoned once")
    void countsATimedOutCommandThatIsCancelledOnce() {
        AtomicBoolean holding = new AtomicBoolean();
        List<Runnable> held = new CopyOnWriteArrayList<>();
        connect(builder -> builder.callbackExecutor(task -> {
            if (holding.get()) {
                held.add(task);
            } else {
                task.run();
            }
        }));
        holding.set(true);
        CompletableFuture<JsonNode> command = client.execute(quick("slow"));
        ObjectNode heard = peer.hear("slow");
        await().until(() -> !held.isEmpty());
        command.cancel(false);
        peer.answer(heard, "{}");

        await().until(() -> client.status().abandoned() == 0);
        assertThat(client.status().pending()).isZero();
        held.forEach(Runnable::run);
        assertThat(command).isCancelled();
        holding.set(false);
    }

    @Test
    @DisplayName("#45 a deadline of the future's holder withdraws a queued command, and abandons a written one")
    void isAbandonedByADeadlineOfItsHolder() {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> written = client.execute("first");
        ObjectNode heard = peer.hear("first");
        CompletableFuture<JsonNode> queued = client.execute("second").orTimeout(1, TimeUnit.MILLISECONDS);

        assertThat(failureOf(queued)).isInstanceOf(TimeoutException.class);
        await().until(() -> client.status().queued() == 0);
        written.completeOnTimeout(QmpJson.object(), 1, TimeUnit.MILLISECONDS);
        await().until(() -> client.status().abandoned() == 1);
        assertThat(written.join().isEmpty()).isTrue();

        peer.answer(heard, "{\"late\": true}");
        CompletableFuture<JsonNode> third = client.execute("third");
        peer.answer(peer.hear("third"), "{}");
        third.join();
        assertThat(client.status().strayReplies()).isZero();
    }

    /** Each ends a future that is not done. */
    static Stream<Arguments> waysToEndAFuture() {
        JsonNode value = QmpJson.object();
        Throwable failure = new IllegalStateException("ended by its holder");
        return Stream.of(
                way("cancel", future -> future.cancel(false)),
                way("complete", future -> future.complete(value)),
                way("completeExceptionally", future -> future.completeExceptionally(failure)),
                way("orTimeout", future -> future.orTimeout(1, TimeUnit.MILLISECONDS)),
                way("completeOnTimeout", future -> future.completeOnTimeout(value, 1, TimeUnit.MILLISECONDS)),
                way("completeAsync", future -> future.completeAsync(() -> value)),
                way("completeAsync on an executor", future -> future.completeAsync(() -> value, Runnable::run)),
                way("completeAsync that fails", future -> future.completeAsync(CommandCancellationTests::fail)),
                way("obtrudeValue", future -> future.obtrudeValue(value)),
                way("obtrudeException", future -> future.obtrudeException(failure)));
    }

    private static JsonNode fail() {
        throw new IllegalStateException("no value");
    }

    private static Arguments way(String name, Consumer<CompletableFuture<JsonNode>> end) {
        return Arguments.of(Named.of(name, end));
    }

    @ParameterizedTest
    @MethodSource("waysToEndAFuture")
    @DisplayName("#45 every way to end the future of a queued command withdraws the command")
    void input18EveryWayToEndAFutureWithdrawsTheCommand(Consumer<CompletableFuture<JsonNode>> end) {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");
        CompletableFuture<JsonNode> second = client.execute("second");
        CompletableFuture<JsonNode> third = client.execute("third");
        await().until(() -> client.status().queued() == 2);

        end.accept(second);

        await().until(() -> client.status().queued() == 1);
        assertThat(second).isDone();
        peer.answer(firstCommand, "{}");
        peer.answer(peer.hear("third"), "{}");
        assertThat(first).succeedsWithin(Duration.ofSeconds(10));
        assertThat(third).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("a future that has its outcome can still be obtruded, as any other future, and nothing else changes")
    void input18ObtrudesAnOutcome() {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        peer.answer(peer.hear("first"), "1");
        assertThat(command).succeedsWithin(Duration.ofSeconds(10));

        command.obtrudeValue(QmpJson.object());
        assertThat(command.join().isEmpty()).isTrue();
        command.obtrudeException(new IllegalStateException("later"));
        assertThat(failureOf(command)).hasMessage("later");
        assertThat(client.status().abandoned()).isZero();
    }

    @Test
    @DisplayName("#45 a caller that is already interrupted sends nothing")
    void refusesAnInterruptedCaller() throws InterruptedException {
        connect();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            Thread.currentThread().interrupt();
            failure.set(catchThrowable(() -> client.blocking().execute("first")));
        });
        caller.start();
        caller.join();

        assertThat(failure.get()).isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                .isEqualTo(NotSentException.Reason.INTERRUPTED));
        CompletableFuture<JsonNode> next = client.execute("next");
        peer.answer(peer.hear("next"), "{}");
        next.join();
    }

    @Test
    @DisplayName("#45 an interrupted caller of a written command gets an unknown outcome, and stays interrupted")
    void interruptsAWaitingCaller() throws InterruptedException {
        connect();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = callBlocking("first", failure);
        peer.hear("first");

        caller.interrupt();
        caller.join();

        assertThat(failure.get())
                .isInstanceOfSatisfying(OutcomeUnknownException.class, unknown -> assertThat(unknown.reason())
                        .isEqualTo(OutcomeUnknownException.Reason.INTERRUPTED))
                .hasSuppressedException(new IllegalStateException("still interrupted"));
    }

    @Test
    @DisplayName("#45 an interrupted caller of a queued command knows that it was not sent")
    void interruptsAQueuedCaller() throws InterruptedException {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = callBlocking("second", failure);
        await().until(() -> client.status().queued() == 1);

        caller.interrupt();
        caller.join();

        assertThat(failure.get()).isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                .isEqualTo(NotSentException.Reason.INTERRUPTED));
        peer.answer(firstCommand, "{}");
        first.join();
    }

    private Thread callBlocking(String command, AtomicReference<Throwable> failure) {
        Thread caller = new Thread(() -> {
            try {
                client.blocking().execute(command);
            } catch (RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    e.addSuppressed(new IllegalStateException("still interrupted"));
                }
                failure.set(e);
            }
        });
        caller.start();
        return caller;
    }
}
