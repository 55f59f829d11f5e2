package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callbacks that run where futures complete, and there begin anew what has just failed: the stack stays flat. */
@Timeout(60)
class DirectExecutorTests {

    private static final int TRIES = 20_000;

    private final QmpClient client = builder().build();

    private static QmpClientBuilder builder() {
        return QmpClient.builder(Endpoint.parse("unix:/dev/null"))
                .callbackExecutor(Runnable::run)
                .reconnect(ReconnectPolicy.never());
    }

    @AfterEach
    void close() {
        client.close();
    }

    /** {@return how many attempts there were, each begun in the callback of the one before} */
    private static int repeat(Supplier<CompletableFuture<?>> attempt) throws Exception {
        AtomicInteger tries = new AtomicInteger();
        CompletableFuture<Void> done = new CompletableFuture<>();
        again(attempt, tries, done);
        done.get(50, TimeUnit.SECONDS);
        return tries.get();
    }

    private static void again(
            Supplier<CompletableFuture<?>> attempt, AtomicInteger tries, CompletableFuture<Void> done) {
        attempt.get().whenComplete((result, failure) -> {
            if (failure instanceof StackOverflowError overflow) {
                done.completeExceptionally(overflow);
            } else if (tries.incrementAndGet() == TRIES) {
                done.complete(null);
            } else {
                again(attempt, tries, done);
            }
        });
    }

    @Test
    @DisplayName("G1 a connect that fails at once, tried again in its callback")
    void input45AConnectTriedAgainInItsCallback() throws Exception {
        assertThat(repeat(client::connect)).isEqualTo(TRIES);
    }

    @Test
    @DisplayName("G1 a command that is refused, issued again in its callback")
    void input45ACommandIssuedAgainInItsCallback() throws Exception {
        assertThat(repeat(() -> client.execute("query-status"))).isEqualTo(TRIES);
    }

    @Test
    @DisplayName("G1 a disconnect begun again in its callback")
    void input45ADisconnectBegunAgainInItsCallback() throws Exception {
        assertThat(repeat(client::disconnect)).isEqualTo(TRIES);
    }

    @Test
    @DisplayName("G1 the same on a client that is closed")
    void input45AClosedClient() throws Exception {
        client.close();
        assertThat(repeat(client::connect)).isEqualTo(TRIES);
        assertThat(repeat(() -> client.execute("query-status"))).isEqualTo(TRIES);
        assertThat(repeat(client::disconnect)).isEqualTo(TRIES);
    }

    @Test
    @DisplayName("G1 the same when the event loops have ended")
    void input45AClientWithoutLoops() throws Exception {
        EventLoops loops = EventLoops.create(1);
        try (QmpClient stranded = builder().eventLoops(loops).build()) {
            loops.close();
            assertThat(repeat(stranded::connect)).isEqualTo(TRIES);
            assertThat(repeat(() -> stranded.execute("query-status"))).isEqualTo(TRIES);
            assertThat(repeat(stranded::disconnect)).isEqualTo(TRIES);
        }
    }

    @Test
    @DisplayName("G1 blocking calls in a callback after the end of the event loops are refused")
    void blockingCallsInPlaceOfTheLoopsAreRefused() throws Exception {
        EventLoops loops = EventLoops.create(1);
        Semaphore attached = new Semaphore(1);
        QmpClient stranded = builder()
                .eventLoops(loops)
                .callbackExecutor(callback -> {
                    attached.acquireUninterruptibly();
                    callback.run();
                })
                .build();
        assertThat(stranded.connect()).failsWithin(10, TimeUnit.SECONDS);
        loops.close();
        List<ThrowingCallable> calls = List.of(
                () -> stranded.blocking().execute("query-name"),
                () -> stranded.blocking().disconnect(),
                () -> stranded.watchRunstate().next(Duration.ofHours(1)),
                () -> {
                    assertThat(EventLoops.isEventLoop(Thread.currentThread())).isTrue();
                    stranded.close();
                    throw new IllegalStateException("it has not waited");
                });
        for (ThrowingCallable call : calls) {
            CompletableFuture<Throwable> refused = new CompletableFuture<>();
            stranded.execute("query-status").whenComplete((reply, failure) -> refused.complete(catchThrowable(call)));
            attached.release();
            assertThat(refused).succeedsWithin(10, TimeUnit.SECONDS).isInstanceOf(IllegalStateException.class);
        }
        attached.release(1000);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(stranded::close);
        assertThat(closed).succeedsWithin(5, TimeUnit.SECONDS);
    }
}
