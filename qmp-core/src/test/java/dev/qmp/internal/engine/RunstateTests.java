package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ListenerException;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.protocol.StateException;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * Rows S1, S3, S4, S8, S9, S18 and S19: the runstates, the operations that each permits, and the notified listeners.
 */
class RunstateTests extends OnManualLoops {

    @ParameterizedTest(name = "S1 from {0} the next may be {1} {2}")
    @CsvSource({
        "IDLE,CONNECTING,DISCONNECTING",
        "CONNECTING,RUNNING,DISCONNECTING",
        "RUNNING,DISCONNECTING,",
        "DISCONNECTING,IDLE,"
    })
    void fourRunstatesWithTheirLegalSuccessors(Runstate from, Runstate first, Runstate second) {
        assertThat(Runstate.values()).containsExactly(IDLE, CONNECTING, RUNNING, DISCONNECTING);
        for (Runstate next : Runstate.values()) {
            assertThat(from.mayBecome(next)).isEqualTo(next == first || next == second);
        }
    }

    @Test
    @DisplayName("S1 a whole session goes through all four")
    void aWholeSessionGoesThroughAllFour() {
        connected();
        probe.disconnect();
        loops.run();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S3 a state error has the runstate seen, the one required, and a sentence for each case")
    void aStateErrorSaysWhatIsAndWhatMustBe() {
        List<String> texts = new ArrayList<>();
        for (Runstate actual : Runstate.values()) {
            StateException error = new StateException("vm1", actual, RUNNING);
            assertThat(error.actual()).isEqualTo(actual);
            assertThat(error.required()).isEqualTo(RUNNING);
            assertThat(error).hasMessageStartingWith("vm1 is ").hasMessageContaining("RUNNING is required");
            texts.add(error.getMessage());
        }
        assertThat(texts).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("S4 S18 connecting requires IDLE and touches nothing otherwise")
    void connectingRequiresIdle() {
        CompletableFuture<Void> first = probe.connect(PEER);
        refused(() -> probe.connect(PEER), CONNECTING, IDLE);
        refused(() -> probe.startServer(PEER), CONNECTING, IDLE);
        refused(() -> probe.startServerAndAccept(PEER), CONNECTING, IDLE);
        loops.dial().succeed();
        assertThat(first).isCompleted();
        loops.transport().closesAtOnce = false;

        refused(() -> probe.connect(PEER), RUNNING, IDLE);
        refused(() -> probe.startServer(PEER), RUNNING, IDLE);
        refused(probe::accept, RUNNING, CONNECTING);

        probe.disconnect();
        refused(() -> probe.connect(PEER), DISCONNECTING, IDLE);
        refused(probe::accept, DISCONNECTING, CONNECTING);
        loops.transport().finishClosing();

        refused(probe::accept, IDLE, CONNECTING);
        assertThat(loops.dials()).hasSize(1);
        assertThat(loops.acceptors()).isEmpty();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
    }

    private void refused(Supplier<CompletableFuture<?>> operation, Runstate actual, Runstate required) {
        CompletableFuture<?> result = operation.get();
        loops.run();
        assertThat(failureOf(result)).isInstanceOfSatisfying(StateException.class, error -> {
            assertThat(error.actual()).isEqualTo(actual);
            assertThat(error.required()).isEqualTo(required);
            assertThat(error).hasMessageContaining("vm1");
        });
    }

    @Test
    @DisplayName("S4 a message outside of a session is unsent with the state error")
    void aMessageOutsideOfASessionIsUnsent() {
        probe.say("too early");
        loops.run();
        assertThat(probe.unsent()).containsExactly("too early");
        assertThat(probe.unsentCauses()).singleElement().isInstanceOf(StateException.class);
    }

    @Test
    @DisplayName("S8 the runstate and the last change can be read at any time")
    void theRunstateCanBeRead() {
        assertThat(probe.runstate()).isEqualTo(IDLE);
        assertThat(probe.lastChange()).isNull();
        connected();
        assertThat(probe.lastChange()).isNotNull().satisfies(change -> {
            assertThat(change.previous()).isEqualTo(CONNECTING);
            assertThat(change.current()).isEqualTo(RUNNING);
            assertThat(change.cause()).isNull();
        });
    }

    @Test
    @DisplayName("S9 a watcher gets each change once, in order, none merged, however late it reads")
    void aWatcherGetsEveryChange() throws Exception {
        try (RunstateWatcher watcher = probe.watchRunstate()) {
            connected().peerCloses();
            List<Runstate> seen = new ArrayList<>();
            for (RunstateChange change = watcher.next(Duration.ZERO); change != null; ) {
                seen.add(change.current());
                change = watcher.next(Duration.ZERO);
            }
            assertThat(seen).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        }
    }

    @Test
    @DisplayName("S9 a watcher may be asked to wait for ever")
    void aWatcherWaitsForEver() throws Exception {
        Duration ever = ChronoUnit.FOREVER.getDuration();
        try (RunstateWatcher watcher = probe.watchRunstate()) {
            connected();
            assertThat(watcher.next(ever)).extracting(RunstateChange::current).isEqualTo(CONNECTING);
            assertThat(watcher.await(RUNNING, ever)).isTrue();
        }
    }

    @Test
    @DisplayName("S9 a watcher that falls behind ends before it drops a change")
    void aWatcherLeftBehindEnds() throws Exception {
        try (RunstateWatcher watcher = probe.watchRunstate()) {
            for (int session = 0; session < RunstateWatcher.CAPACITY / 4 + 1; session++) {
                connected().peerCloses();
            }
            for (int read = 0; read < RunstateWatcher.CAPACITY; read++) {
                assertThat(watcher.next(Duration.ZERO)).isNotNull();
            }
            assertThatExceptionOfType(ListenerException.class).isThrownBy(() -> watcher.next(Duration.ZERO));
        }
    }

    @Test
    @DisplayName("S9 waiting for a runstate on an event loop is refused")
    void waitingOnTheLoopIsRefused() {
        List<Throwable> thrown = new ArrayList<>();
        try (RunstateWatcher watcher = probe.watchRunstate()) {
            loops.run(() -> {
                try {
                    watcher.next(Duration.ofSeconds(1));
                } catch (InterruptedException | RuntimeException e) {
                    thrown.add(e);
                }
            });
        }
        assertThat(thrown).singleElement().isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("S9 a listener that makes a change does not disturb the order others see")
    void nestedChangesKeepTheirOrder() {
        List<Runstate> seen = new ArrayList<>();
        probe.addRunstateListener(change -> {
            if (change.current() == RUNNING) {
                probe.disconnect();
            }
        });
        probe.addRunstateListener(change -> seen.add(change.current()));
        CompletableFuture<Void> connected = probe.connect(PEER);
        loops.run();
        loops.dial().succeed();
        loops.run();
        assertThat(connected).isCompleted();
        assertThat(seen).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S9 an exception of a listener affects no other")
    void aThrowingListenerConcernsNobodyElse() {
        List<Runstate> seen = new ArrayList<>();
        probe.addRunstateListener(change -> {
            throw new AssertionError("on purpose");
        });
        probe.addRunstateListener(change -> seen.add(change.current()));
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            connected();
            assertThat(log.at(Level.ERROR)).isNotEmpty();
        }
        assertThat(seen).containsExactly(CONNECTING, RUNNING);
    }

    @Test
    @DisplayName("S9 what the protocol's own hook throws stops neither the change nor its listeners")
    void aThrowingHookStopsNothing() {
        List<Runstate> seen = new ArrayList<>();
        probe.addRunstateListener(change -> seen.add(change.current()));
        probe.onChange = change -> {
            throw new AssertionError("on purpose");
        };
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            connected().peerCloses();
            assertThat(log.at(Level.ERROR)).isNotEmpty();
        }
        assertThat(seen).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S9 a runstate that is there already is not waited for")
    void aRunstateThatIsThere() throws InterruptedException {
        try (RunstateWatcher watcher = probe.watchRunstate()) {
            assertThat(watcher.await(IDLE, Duration.ZERO)).isTrue();
            connected();
            assertThat(watcher.await(RUNNING, Duration.ZERO)).isTrue();
            assertThat(watcher.await(RUNNING, Duration.ZERO)).isTrue();
            assertThat(watcher.await(IDLE, Duration.ZERO)).isFalse();
        }
        try (RunstateWatcher late = probe.watchRunstate()) {
            assertThat(late.await(RUNNING, Duration.ZERO)).isTrue();
            assertThat(late.await(IDLE, Duration.ZERO)).isFalse();
        }
    }

    @Test
    @DisplayName("S9 no call starts after a registration has been closed")
    void noCallAfterTheRegistrationIsClosed() {
        ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
        probe = new LineProbe(options().callbackExecutor(callbacks::add).build());
        List<Runstate> seen = new ArrayList<>();
        Registration registration = probe.addRunstateListener(change -> seen.add(change.current()));
        probe.connect(PEER);
        loops.run();
        assertThat(callbacks).isNotEmpty();

        registration.close();
        registration.close();
        callbacks.forEach(Runnable::run);

        assertThat(seen).isEmpty();
        probe = new LineProbe(options().build());
        loops.dial().fail(new RuntimeException("the end"));
    }

    @Test
    @DisplayName("S19 every transition is logged, disconnecting twice is one")
    void transitionsAreLoggedOnce() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            connected();
            loops.transport().closesAtOnce = false;
            probe.disconnect();
            probe.disconnect();
            loops.run();
            loops.transport().finishClosing();
            assertThat(log.at(Level.DEBUG))
                    .filteredOn(text -> text.contains(" -> "))
                    .containsExactly(
                            "vm1: IDLE -> CONNECTING",
                            "vm1: CONNECTING -> RUNNING",
                            "vm1: RUNNING -> DISCONNECTING",
                            "vm1: DISCONNECTING -> IDLE");
        }
    }

    @Test
    @DisplayName("S19 setting the same runstate again is no transition: no listener is called, and nothing is logged")
    void theSameRunstateAgainIsNoTransition() {
        FailureLog failures = new FailureLog(LoggerFactory.getLogger("dev.qmp.protocol.vm2"));
        RunstateMachine machine = new RunstateMachine("QmpClient", "vm2", InlineScheduler.WITHOUT_TIMERS, failures);
        List<RunstateChange> sunk = new ArrayList<>();
        List<RunstateChange> heard = new ArrayList<>();
        machine.addSink(sunk::add);
        machine.addListener(heard::add, Runnable::run);
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.vm2")) {
            machine.move(IDLE, new AssertionError("is there already"));
            assertThat(machine.lastChange()).isNull();

            machine.move(CONNECTING, null);
            RunstateChange change = machine.lastChange();
            machine.move(CONNECTING, new AssertionError("is there already"));

            assertThat(machine.lastChange()).isSameAs(change);
            assertThat(sunk).containsExactly(change);
            assertThat(heard).containsExactly(change);
            assertThat(log.at(Level.DEBUG)).containsExactly("IDLE -> CONNECTING");
        }
    }

    @Test
    @DisplayName("S6 the name shows in toString, with class and runstate")
    void theNameShows() {
        assertThat(probe.name()).isEqualTo("vm1");
        assertThat(probe).hasToString("LineProbe[vm1, IDLE]");
        connected();
        assertThat(probe).hasToString("LineProbe[vm1, RUNNING]");
        assertThat(Endpoint.parse("tcp:peer:4444")).isEqualTo(PEER);
    }
}
