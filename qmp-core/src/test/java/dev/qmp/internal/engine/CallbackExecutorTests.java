package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import dev.qmp.testing.LineProbe;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Promise G1 with the application's own executor, for any behaviour of it. */
class CallbackExecutorTests extends OnManualLoops {

    private static final Executor FULL = task -> {
        throw new RejectedExecutionException("full");
    };

    private static final Executor OUT_OF_THREADS = task -> {
        throw new OutOfMemoryError("unable to create native thread");
    };

    private LineProbe probeOn(Executor executor) {
        LineProbe made = new LineProbe(options().callbackExecutor(executor).build());
        probe = made;
        return made;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("G1 futures complete when their executor is full or out of threads, and not on the event loop")
    void everyFutureCompletes(boolean full) throws Exception {
        probeOn(full ? FULL : OUT_OF_THREADS);
        CompletableFuture<Void> connected = probe.connect(PEER);
        CompletableFuture<String> place =
                connected.thenApply(nothing -> Thread.currentThread().getName());
        loops.run();
        loops.transport().peerSays("early");
        loops.dial().succeed();

        assertThat(place.get(5, TimeUnit.SECONDS)).startsWith("qmp-callback-");
        loops.transport().peerSays("later");
        assertThat(probe.heard()).endsWith("later");

        CompletableFuture<Void> first = probe.disconnect();
        CompletableFuture<Void> second = probe.disconnect();
        loops.run();
        first.get(5, TimeUnit.SECONDS);
        second.get(5, TimeUnit.SECONDS);
        probeOn(Runnable::run);
    }

    @Test
    @DisplayName("a listener misses nothing when the executor fails once")
    void aListenerMissesNothing() {
        boolean[] failed = new boolean[1];
        probeOn(task -> {
            if (!failed[0]) {
                failed[0] = true;
                throw new OutOfMemoryError("unable to create native thread");
            }
            task.run();
        });
        List<Runstate> seen = new CopyOnWriteArrayList<>();
        try (Registration ignored = probe.addRunstateListener(change -> seen.add(change.current()))) {
            connected();
            Awaitility.await().untilAsserted(() -> assertThat(seen).endsWith(RUNNING));
        }
    }

    @Test
    @DisplayName("an executor that runs a callback and throws nevertheless does not run it twice")
    void onceIsEnough() {
        List<String> told = new CopyOnWriteArrayList<>();
        Executor strange = task -> {
            task.run();
            throw new IllegalStateException("not my day");
        };
        probeOn(strange).connect(PEER).thenRun(() -> told.add("connected"));
        loops.run();
        loops.dial().succeed();
        assertThat(told).containsExactly("connected");
    }

    @Test
    @DisplayName("S12 a peer is accepted and its session made while the callback executor is busy with something else")
    void acceptingNeedsNoCallback() {
        ArrayDeque<Runnable> blocked = new ArrayDeque<>();
        probeOn(blocked::add);
        CompletableFuture<Void> accepted = probe.startServerAndAccept(PEER);
        loops.run();
        loops.acceptor().peerArrives();
        loops.dial().succeed();

        assertThat(probe.runstate()).isEqualTo(RUNNING);
        blocked.forEach(Runnable::run);
        assertThat(accepted).isCompleted();
        probe.disconnect();
        loops.run();
        assertIdle();
        probeOn(Runnable::run);
    }

    @Test
    @DisplayName("G1 each callback runs when no thread at all can be started, not even for the log")
    void everyCallbackRunsWithoutThreads() {
        CallbackExecutor executor = new CallbackExecutor(OUT_OF_THREADS, OUT_OF_THREADS, withoutThreads());
        List<Integer> run = new ArrayList<>();
        for (int callback = 0; callback < 5; callback++) {
            int next = callback;
            executor.execute(() -> run.add(next));
        }
        assertThat(run).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    @DisplayName("G1 each callback runs when no executor takes it, and that cannot be logged")
    void everyCallbackRunsWithoutALog() {
        Logger thrower = (Logger) Proxy.newProxyInstance(
                Logger.class.getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                    throw new IllegalStateException("of the logging library");
                });
        for (Executor refusing : List.of(FULL, OUT_OF_THREADS)) {
            CallbackExecutor executor = new CallbackExecutor(refusing, refusing, new FailureLog(thrower));
            List<Integer> run = new ArrayList<>();
            executor.execute(() -> run.add(1));
            executor.execute(() -> run.add(2));
            assertThat(run).containsExactly(1, 2);
        }
    }

    @Test
    @DisplayName("S9 a serial delivery goes on after a run for which there was no thread")
    void aDeliveryGoesOn() {
        FailureLog failures = withoutThreads();
        List<Integer> run = new ArrayList<>();
        Executor inOrder =
                SerialDelivery.inOrder(new CallbackExecutor(OUT_OF_THREADS, OUT_OF_THREADS, failures), failures);
        for (int task = 0; task < 5; task++) {
            int next = task;
            inOrder.execute(() -> run.add(next));
        }
        assertThat(run).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    @DisplayName("G1 a future completes when its loop does not take the task that completes it")
    void everyFutureCompletesWithoutALoopTask() {
        connected();
        List<CompletableFuture<Void>> refused = new ArrayList<>();
        loops.run(() -> {
            loops.taskFailure = new InternalError("on purpose");
            refused.add(probe.connect(PEER));
        });
        assertThat(failureOf(refused.get(0))).isInstanceOf(StateException.class);
    }

    /** {@return a log that cannot start a thread for its sums} */
    private static FailureLog withoutThreads() {
        return new FailureLog(LoggerFactory.getLogger("dev.qmp.protocol.vm1"), System::nanoTime, (delay, task) -> {
            throw new InternalError("unable to create native thread");
        });
    }
}
