package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LineProbe;
import java.util.ArrayDeque;
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
}
