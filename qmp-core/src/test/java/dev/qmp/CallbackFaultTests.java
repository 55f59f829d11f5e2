package dev.qmp;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The application's own faults: what it does in callbacks, executors and observers. */
class CallbackFaultTests extends OnScriptedServer {

    @Test
    @DisplayName("G1 a blocking call on the event loop is refused")
    void refusesToBlockTheLoop() {
        connect(builder -> builder.callbackExecutor(Runnable::run));
        CompletableFuture<Throwable> refusal = client.execute("first").handle((result, failure) -> {
            try {
                client.blocking().execute("second");
                return new AssertionError("not refused");
            } catch (IllegalStateException e) {
                return e;
            }
        });
        peer.answer(peer.hear("first"), "{}");

        assertThat(refusal.join()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("#46 a continuation that throws, blocks or closes the client has no other effect")
    void survivesBadContinuations() {
        connect();
        CompletableFuture<JsonNode> first = client.execute("first");
        first.thenRun(() -> {
            throw new IllegalStateException("of the application");
        });
        CompletableFuture<JsonNode> nested =
                first.thenApply(result -> client.blocking().execute("nested"));
        peer.answer(peer.hear("first"), "{}");
        peer.answer(peer.hear("nested"), "{\"nested\": true}");
        assertThat(nested.join().has("nested")).isTrue();

        CompletableFuture<JsonNode> last = client.execute("last");
        CompletableFuture<Void> closed = last.thenRun(client::close);
        peer.answer(peer.hear("last"), "{}");
        closed.join();
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @DisplayName("#46 a continuation that waits for another command's future delays it for a moment only")
    void survivesAContinuationThatWaitsForAnother() {
        connect();
        CompletableFuture<JsonNode> first = client.execute("first");
        CompletableFuture<JsonNode> second = client.execute("second");
        CompletableFuture<Integer> waited =
                first.thenApply(result -> second.join().intValue());
        peer.answer(peer.hear("first"), "1").answer(peer.hear("second"), "2");

        assertThat(waited.join()).isEqualTo(2);
    }

    @Test
    @DisplayName("G1 futures complete even if their executor is shut down")
    void completesWithoutAnExecutor() {
        connect(builder -> builder.callbackExecutor(task -> {
            throw new RejectedExecutionException("shut down");
        }));
        CompletableFuture<String> where = threadOf(client.execute("first"));
        peer.answer(peer.hear("first"), "{}");

        assertThat(where.join()).as("not the event loop").startsWith("qmp-callback-");
    }

    @Test
    @DisplayName("G6 an executor that was full when the loops were closed gets the events later")
    void deliversAfterTheEndOfTheLoops() {
        EventLoops loops = EventLoops.create(1);
        connect(builder -> builder.eventLoops(loops));
        AtomicBoolean full = new AtomicBoolean(true);
        CountDownLatch refused = new CountDownLatch(1);
        List<EventSignal> received = new CopyOnWriteArrayList<>();
        Subscription subscription = client.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS,
                        task -> {
                            if (full.get()) {
                                refused.countDown();
                                throw new RejectedExecutionException("full");
                            }
                            task.run();
                        },
                        received::add);
        peer.emit("STOP");
        awaitUninterruptibly(refused);
        loops.close();
        full.set(false);

        assertThat(subscription.delivered()).succeedsWithin(Duration.ofSeconds(10));
        assertThat(received).hasSize(2); // the event and the end of the session
    }

    private static CompletableFuture<String> threadOf(CompletableFuture<?> future) {
        return future.thenApply(result -> Thread.currentThread().getName());
    }

    @Test
    @DisplayName("G1 futures complete even if there is no thread for them")
    void completesWithoutAThread() {
        AtomicBoolean exhausted = new AtomicBoolean();
        connect(builder -> builder.callbackExecutor(task -> {
            if (exhausted.get()) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            task.run();
        }));
        CompletableFuture<JsonNode> command = client.execute("first");
        CompletableFuture<String> where = threadOf(command);
        ObjectNode heard = peer.hear("first");
        exhausted.set(true);

        peer.answer(heard, "1");
        // first, because a thread that joins the command may run what depends on it
        assertThat(where.join()).as("not the event loop").startsWith("qmp-callback-");
        assertThat(command.join().intValue()).isEqualTo(1);
        exhausted.set(false);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("G1 a command observer that throws cannot keep a command from its outcome")
    void survivesAThrowingObserver() {
        connect(builder -> builder.commandObserver((issuer, command) -> {
            if (command.name().equals("first")) {
                throw new AssertionError("of the observer");
            }
            return failure -> {
                throw new StackOverflowError("of the observer");
            };
        }));
        CompletableFuture<JsonNode> first = client.execute("first");
        peer.answer(peer.hear("first"), "1");
        CompletableFuture<JsonNode> second = client.execute("second");
        peer.answer(peer.hear("second"), "2");
        CompletableFuture<JsonNode> third = client.execute("third");
        peer.hear("third");
        peer.close();

        assertThat(first.join().intValue()).isEqualTo(1);
        assertThat(second.join().intValue()).isEqualTo(2);
        assertThat(failureOf(third)).isInstanceOf(OutcomeUnknownException.class);
    }
}
