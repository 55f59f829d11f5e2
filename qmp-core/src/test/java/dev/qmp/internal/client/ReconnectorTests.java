package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ch.qos.logback.classic.Level;
import dev.qmp.ConnectMode;
import dev.qmp.HandshakePhase;
import dev.qmp.ReconnectPolicy;
import dev.qmp.ReconnectState;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.internal.engine.InlineScheduler;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.testing.LogRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** When the reconnector tries again, on a clock held by hand. */
class ReconnectorTests {

    private BiFunction<Instant, Runnable, Registration> appearance = (since, appeared) -> () -> {};
    private final Throwable lost = ConnectionLostException.endOfStream();

    private final ArrayDeque<Runnable> timers = new ArrayDeque<>();
    private final List<Duration> delays = new ArrayList<>();
    private boolean timersFail;
    private boolean beginningsFail;
    private int begun;
    private boolean possible = true;
    private boolean heard = true;
    private Runstate runstate = Runstate.IDLE;
    private final ReconnectPolicy minutes = () -> () -> Duration.ofMinutes(1);
    private final ReconnectPolicy doubling =
            ReconnectPolicy.exponential(Duration.ofSeconds(1), 2, 0, Duration.ofHours(1));

    private Reconnector reconnector(ReconnectPolicy policy, ConnectMode side) {
        return new Reconnector(
                policy,
                side,
                new Reconnector.Connector() {
                    @Override
                    public boolean mayBegin() {
                        return possible;
                    }

                    @Override
                    public void begin() {
                        begun++;
                        if (beginningsFail) {
                            throw new InternalError("of the test");
                        }
                    }

                    @Override
                    public boolean hasPeerSent() {
                        return heard;
                    }

                    @Override
                    public Registration watchSocket(Instant since, Runnable appeared) {
                        return appearance.apply(since, appeared);
                    }
                },
                (InlineScheduler) (delay, task) -> {
                    if (timersFail) {
                        throw new InternalError("of the test");
                    }
                    delays.add(delay);
                    timers.add(task);
                    return () -> timers.remove(task);
                },
                new ConnectionLog(
                        LoggerFactory.getLogger("dev.qmp.client.reconnector"),
                        (InlineScheduler) (delay, task) -> () -> {},
                        () -> 0));
    }

    private void move(Reconnector reconnector, Runstate next, @Nullable Throwable cause) {
        RunstateChange change = new RunstateChange(runstate, next, cause, Instant.EPOCH);
        runstate = next;
        reconnector.runstateChanged(change);
    }

    /** The attempt that has just begun fails. */
    private void fail(Reconnector reconnector) {
        move(reconnector, Runstate.CONNECTING, null);
        move(reconnector, Runstate.DISCONNECTING, null);
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
    }

    @Test
    @DisplayName("a report of a socket after the end of its delay has no effect")
    void input33AStaleReportHasNoEffect() {
        List<Runnable> reports = new ArrayList<>();
        appearance = (since, appeared) -> {
            reports.add(appeared);
            return () -> {};
        };
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        reconnector.start();
        fail(reconnector);
        timers.remove().run();
        fail(reconnector);
        assertThat(begun).isEqualTo(2);
        reports.get(0).run();
        assertThat(begun).as("the delay of the report is over").isEqualTo(2);
        reports.get(1).run();
        assertThat(begun).isEqualTo(3);
        assertThat(timers).as("the delay was skipped").isEmpty();
        reports.get(1).run();
        assertThat(begun).as("each report counts once").isEqualTo(3);
        fail(reconnector);
        move(reconnector, Runstate.CONNECTING, null);
        move(reconnector, Runstate.RUNNING, null);
        reports.get(2).run();
        assertThat(begun).as("connected meanwhile").isEqualTo(3);
        move(reconnector, Runstate.DISCONNECTING, lost);
        move(reconnector, Runstate.IDLE, lost);
        reconnector.stop();
        reports.get(3).run();
        assertThat(begun).as("stopped meanwhile").isEqualTo(3);
    }

    @Test
    @DisplayName("a socket that comes and goes without a server: one attempt a look at most, and the delays grow")
    void input33ASocketThatFlapsCausesNoStormOfAttempts(@TempDir Path folder) throws IOException {
        Path socket = folder.resolve("vm1.qmp");
        SocketWatch watch = new SocketWatch(looks -> {});
        appearance = (since, appeared) -> watch.watch(socket, since, appeared, () -> false);
        Reconnector reconnector = reconnector(doubling, ConnectMode.CONNECT);
        reconnector.start();
        fail(reconnector);
        for (int look = 1; look <= 10; look++) {
            for (int flap = 0; flap < 20; flap++) {
                Files.deleteIfExists(socket);
                Files.createFile(socket);
            }
            assertThat(begun).isEqualTo(look);
            watch.look();
            assertThat(begun).isEqualTo(look + 1);
            watch.look();
            assertThat(begun).as("not again while the attempt is under way").isEqualTo(look + 1);
            fail(reconnector);
        }
        assertThat(timers).hasSize(1);
        assertThat(delays).endsWith(Duration.ofSeconds(256), Duration.ofSeconds(512), Duration.ofSeconds(1024));
        reconnector.stop();
        assertThat(watch.size()).isZero();
    }

    @Test
    @DisplayName("a watch for which no thread can be started is none, and the next one tries again")
    void aWatchWithoutAThread(@TempDir Path folder) {
        int[] started = new int[1];
        SocketWatch watch = new SocketWatch(looks -> {
            if (started[0]++ == 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
        });
        watch.watch(folder.resolve("vm1.qmp"), Instant.now(), () -> {}, () -> false);
        assertThat(watch.size()).isZero();
        watch.watch(folder.resolve("vm2.qmp"), Instant.now(), () -> {}, () -> false);
        assertThat(started).containsExactly(2);
        assertThat(watch.size()).isEqualTo(1);
    }

    @Test
    @DisplayName("a watch whose report can have no effect ends at the next look")
    void input33AnObsoleteWatchEnds(@TempDir Path folder) {
        SocketWatch watch = new SocketWatch(looks -> {});
        boolean[] obsolete = new boolean[1];
        watch.watch(folder.resolve("vm1.qmp"), Instant.now(), () -> {}, () -> obsolete[0]);
        watch.look();
        assertThat(watch.size()).isEqualTo(1);
        obsolete[0] = true;
        watch.look();
        assertThat(watch.size()).isZero();
    }

    @Test
    @DisplayName("sessions in a row that end by violations of the protocol get longer delays; the first one does not")
    void backsOffFromAHostilePeer() {
        Throwable violation = new ProtocolException(Violation.UNEXPECTED, "no");
        Reconnector reconnector = reconnector(doubling, ConnectMode.CONNECT);
        reconnector.start();
        fail(reconnector);
        timers.remove().run();
        fail(reconnector);
        for (Throwable end : List.of(violation, violation, violation, lost, violation, violation)) {
            timers.remove().run();
            move(reconnector, Runstate.CONNECTING, null);
            move(reconnector, Runstate.RUNNING, null);
            move(reconnector, Runstate.DISCONNECTING, end);
            move(reconnector, Runstate.IDLE, end);
        }
        assertThat(delays.stream().map(Duration::toSeconds)).containsExactly(1L, 2L, 1L, 2L, 4L, 1L, 1L, 2L);
    }

    private static QmpConnectException failed(ConnectPhase phase, boolean retryable) {
        return new QmpConnectException(phase, retryable, "no", null);
    }

    @Test
    @DisplayName(
            "#53 a session of the application's own making ends the wait for the next attempt: a loss is seen at once")
    void forgetsTheTimerOnceThereIsASession() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        reconnector.start();
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
        assertThat(timers).hasSize(1);

        move(reconnector, Runstate.RUNNING, null);
        assertThat(timers).isEmpty();
        move(reconnector, Runstate.IDLE, lost);
        assertThat(timers).hasSize(1);
        assertThat(delays).hasSize(2);
    }

    @Test
    @DisplayName("#5 a started client that makes one attempt only logs why it failed")
    void saysWhyTheOnlyAttemptFailed() {
        Reconnector reconnector = reconnector(ReconnectPolicy.never(), ConnectMode.CONNECT);
        reconnector.start();
        try (LogRecorder log = LogRecorder.of("dev.qmp.client.reconnector")) {
            move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
            assertThat(log.at(Level.ERROR)).containsExactly("Not trying again: no");
        }
        reconnector.start();
        move(reconnector, Runstate.RUNNING, null);
        try (LogRecorder log = LogRecorder.of("dev.qmp.client.reconnector")) {
            move(reconnector, Runstate.IDLE, lost);
            assertThat(log.everything()).as("the session has told of its end").isEmpty();
        }
        assertThat(timers).isEmpty();
    }

    @Test
    @DisplayName("#53 a policy that fails at being asked ends the attempts, and may be started again")
    void givesUpWithAFailingPolicy() {
        Reconnector reconnector = reconnector(
                new ReconnectPolicy() {
                    @Override
                    public boolean isEnabled() {
                        throw new IllegalStateException("of the application");
                    }

                    @Override
                    public Schedule newSchedule() {
                        return () -> Duration.ZERO;
                    }
                },
                ConnectMode.CONNECT);
        reconnector.start();
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
        assertThat(reconnector.isAttemptExpected()).isFalse();

        reconnector.start();
        assertThat(begun).isEqualTo(2);
    }

    @Test
    @DisplayName("an attempt that cannot begin, because of an Error, is followed by the next one")
    void triesAgainAfterAnError() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        beginningsFail = true;
        assertThatExceptionOfType(InternalError.class).isThrownBy(reconnector::start);
        assertThat(reconnector.state()).isEqualTo(ReconnectState.WAITING);
        assertThatExceptionOfType(InternalError.class)
                .isThrownBy(() -> timers.remove().run());
        assertThat(reconnector.state()).isEqualTo(ReconnectState.WAITING);
        beginningsFail = false;
        timers.remove().run();
        assertThat(reconnector.state()).isEqualTo(ReconnectState.CONNECTING);
        assertThat(begun).isEqualTo(3);
    }

    @Test
    @DisplayName("G13 started while the disconnect before is under way: the attempt is made when that has ended")
    void startsAfterTheDisconnectUnderWay() {
        Reconnector reconnector = reconnector(ReconnectPolicy.never(), ConnectMode.CONNECT);
        reconnector.start();
        move(reconnector, Runstate.RUNNING, null);
        reconnector.stop();
        possible = false;
        reconnector.start();
        assertThat(begun).isEqualTo(1);

        possible = true;
        move(reconnector, Runstate.IDLE, null);
        assertThat(delays).containsExactly(Duration.ZERO);
        timers.remove().run();
        assertThat(begun).isEqualTo(2);
    }

    @Test
    @DisplayName("the states from the start to a loss; the time of the next attempt is known while a delay runs only")
    void goesThroughItsStates() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        assertThat(reconnector.state()).isEqualTo(ReconnectState.STOPPED);
        reconnector.start();
        assertThat(reconnector.state()).isEqualTo(ReconnectState.CONNECTING);
        assertThat(reconnector.nextAttempt()).isNull();
        fail(reconnector);
        assertThat(reconnector.state()).isEqualTo(ReconnectState.WAITING);
        assertThat(reconnector.nextAttempt()).isAfter(Instant.now());
        timers.remove().run();
        assertThat(reconnector.state()).isEqualTo(ReconnectState.CONNECTING);
        assertThat(reconnector.nextAttempt()).isNull();
        move(reconnector, Runstate.CONNECTING, null);
        move(reconnector, Runstate.RUNNING, null);
        assertThat(reconnector.state()).isEqualTo(ReconnectState.CONNECTED);
        move(reconnector, Runstate.DISCONNECTING, lost);
        move(reconnector, Runstate.IDLE, lost);
        assertThat(reconnector.state()).isEqualTo(ReconnectState.WAITING);
        assertThat(reconnector.nextAttempt()).isAfter(Instant.now());
        reconnector.stop();
        assertThat(reconnector.state()).isEqualTo(ReconnectState.STOPPED);
        assertThat(reconnector.nextAttempt()).isNull();
    }

    @Test
    @DisplayName("G13 an attempt on request is made within a delay only, and if it fails, the delay goes on")
    void makesAnAttemptOnRequest() {
        Reconnector reconnector = reconnector(doubling, ConnectMode.CONNECT);
        reconnector.attemptNow();
        assertThat(reconnector.state()).isEqualTo(ReconnectState.STOPPED);
        reconnector.start();
        reconnector.attemptNow();
        assertThat(begun).isEqualTo(1);
        fail(reconnector);

        reconnector.attemptNow();
        assertThat(begun).isEqualTo(2);
        fail(reconnector);

        assertThat(reconnector.state()).isEqualTo(ReconnectState.WAITING);
        assertThat(reconnector.failedAttempts()).isEqualTo(2);
        assertThat(delays).containsExactly(Duration.ofSeconds(1));
        reconnector.attemptNow();
        move(reconnector, Runstate.CONNECTING, null);
        move(reconnector, Runstate.RUNNING, null);
        assertThat(reconnector.state()).isEqualTo(ReconnectState.CONNECTED);
        assertThat(timers).isEmpty();
        reconnector.stop();
        reconnector.attemptNow();
        assertThat(begun).isEqualTo(3);
    }

    @Test
    @DisplayName(
            "S15 started while a caller's own attempt is under way or ending: the client goes on after its failure")
    void takesOverAnOwnAttempt() {
        for (boolean ending : List.of(false, true)) {
            Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
            move(reconnector, Runstate.CONNECTING, null);
            assertThat(reconnector.state()).isEqualTo(ReconnectState.CONNECTING_ONCE);
            assertThat(reconnector.isAttemptExpected()).isFalse();
            possible = !ending;
            reconnector.start();
            assertThat(reconnector.state()).isEqualTo(ending ? ReconnectState.RESTARTING : ReconnectState.CONNECTING);
            reconnector.ownAttemptCancelled();
            move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
            assertThat(reconnector.state()).isEqualTo(ReconnectState.WAITING);
            assertThat(reconnector.failedAttempts()).isEqualTo(1);
            assertThat(delays.remove(0)).isEqualTo(ending ? Duration.ZERO : Duration.ofMinutes(1));
        }
    }

    @Test
    @DisplayName("attempts that end for good stay counted, and the session after a start replaces the lost one")
    void anOutageLastsUntilTheNextSession() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        reconnector.start();
        move(reconnector, Runstate.RUNNING, null);
        move(reconnector, Runstate.IDLE, lost);
        timers.remove().run();
        move(reconnector, Runstate.IDLE, failed(HandshakePhase.GREETING, false));
        assertThat(reconnector.state()).isEqualTo(ReconnectState.STOPPED);
        assertThat(reconnector.failedAttempts()).isEqualTo(1);

        reconnector.start();
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
        assertThat(reconnector.failedAttempts()).isEqualTo(2);
        move(reconnector, Runstate.RUNNING, null);
        assertThat(reconnector.failedAttempts()).isZero();
        assertThat(reconnector.reconnects()).isEqualTo(1);
    }

    @Test
    @DisplayName("only sessions after a loss count as made again")
    void countsLossesOnly() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        reconnector.start();
        move(reconnector, Runstate.RUNNING, null);
        reconnector.stop();
        move(reconnector, Runstate.IDLE, null);
        reconnector.start();
        move(reconnector, Runstate.RUNNING, null);
        assertThat(reconnector.reconnects()).isZero();

        move(reconnector, Runstate.IDLE, lost);
        move(reconnector, Runstate.IDLE, failed(HandshakePhase.GREETING, true));
        assertThat(reconnector.failedAttempts()).isEqualTo(1);
        move(reconnector, Runstate.RUNNING, null);
        assertThat(reconnector.reconnects()).isEqualTo(1);
        assertThat(reconnector.failedAttempts()).isZero();
    }

    @Test
    @DisplayName("a stop forgets the failed attempts")
    void forgetsAttempts() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        reconnector.start();
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
        assertThat(reconnector.failedAttempts()).isEqualTo(1);

        reconnector.stop();
        assertThat(reconnector.failedAttempts()).isZero();
        assertThat(reconnector.isAttemptExpected()).isFalse();
        assertThat(timers).isEmpty();
    }

    @Test
    @DisplayName("a failure that is not retryable ends the attempts, which shows; a start resumes them")
    void givesUp() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        reconnector.start();
        assertThat(reconnector.isAttemptExpected()).isTrue();
        move(reconnector, Runstate.IDLE, failed(HandshakePhase.GREETING, false));
        assertThat(reconnector.isAttemptExpected()).isFalse();
        assertThat(timers).isEmpty();

        reconnector.start();
        assertThat(begun).isEqualTo(2);
        assertThat(reconnector.isAttemptExpected()).isTrue();
    }

    @Test
    @DisplayName("#73 a listening client goes on after every failure of a peer, unless it cannot listen at all")
    void goesOnListening() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.LISTEN);
        reconnector.start();
        for (ConnectPhase phase : List.of(ConnectPhase.TLS, HandshakePhase.GREETING, HandshakePhase.IDENTITY)) {
            move(reconnector, Runstate.IDLE, failed(phase, false));
            assertThat(timers).hasSize(1);
            timers.remove().run();
        }
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, false));
        assertThat(timers).isEmpty();
    }

    @Test
    @DisplayName("#73 G10 in listen mode each peer that connected begins a new series of delays")
    void waitsForTheNextPeerNoLongerThanForTheFirst() {
        Reconnector reconnector = reconnector(doubling, ConnectMode.LISTEN);
        reconnector.start();
        for (int intruder = 0; intruder < 3; intruder++) {
            move(reconnector, Runstate.IDLE, failed(HandshakePhase.GREETING, false));
            timers.remove().run();
        }
        assertThat(delays).containsOnly(Duration.ofSeconds(1));
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
        timers.remove().run();
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
        assertThat(delays).endsWith(Duration.ofSeconds(2), Duration.ofSeconds(4));
    }

    @Test
    @DisplayName("G10 #20 a session in which the peer sent nothing does not begin a new series of delays")
    void isNotTakenInByASilentPeer() {
        Reconnector reconnector = reconnector(doubling, ConnectMode.CONNECT);
        reconnector.start();
        heard = false;
        for (int session = 0; session < 3; session++) {
            move(reconnector, Runstate.RUNNING, null);
            move(reconnector, Runstate.IDLE, lost);
            timers.remove().run();
        }
        assertThat(delays).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));
        heard = true;
        move(reconnector, Runstate.RUNNING, null);
        move(reconnector, Runstate.IDLE, lost);
        assertThat(delays).endsWith(Duration.ofSeconds(1));
    }

    @Test
    @DisplayName("G1 a policy that throws ends the attempts, which shows")
    void givesUpWithItsPolicy() {
        List<Duration> two = List.of(Duration.ofSeconds(1), Duration.ofSeconds(1));
        Reconnector reconnector = reconnector(() -> two.iterator()::next, ConnectMode.CONNECT);
        reconnector.start();
        for (int attempt = 0; attempt < 2; attempt++) {
            move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
            assertThat(reconnector.isAttemptExpected()).isTrue();
            timers.remove().run();
        }
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
        assertThat(reconnector.isAttemptExpected()).isFalse();
        assertThat(timers).isEmpty();

        reconnector.start();
        move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
        assertThat(timers).as("a start begins a new series").hasSize(1);
    }

    @Test
    @DisplayName("G1 a timer that cannot be set ends the attempts, with a line at ERROR; a start resumes them")
    void endsWithoutATimer() {
        for (boolean restarting : List.of(false, true)) {
            Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
            possible = !restarting;
            reconnector.start();
            timersFail = true;
            try (LogRecorder log = LogRecorder.of("dev.qmp.client.reconnector")) {
                move(reconnector, Runstate.IDLE, failed(ConnectPhase.TRANSPORT, true));
                assertThat(log.everything())
                        .containsExactly("Not trying again: no; the timer of the next attempt cannot be set: "
                                + "java.lang.InternalError: of the test");
                assertThat(log.at(Level.ERROR)).hasSize(1);
            }
            assertThat(reconnector.state()).isEqualTo(ReconnectState.STOPPED);
            assertThat(reconnector.isAttemptExpected()).isFalse();
            assertThat(reconnector.nextAttempt()).isNull();

            timersFail = false;
            possible = true;
            reconnector.start();
            assertThat(reconnector.state()).isEqualTo(ReconnectState.CONNECTING);
        }
        assertThat(begun).isEqualTo(1 + 1 + 1);
    }

    @Test
    @DisplayName("S15 #19 an attempt that its caller cancels is not repeated, unless a session was wanted before")
    void forgetsWhatWasTakenBack() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        move(reconnector, Runstate.CONNECTING, null);
        move(reconnector, Runstate.RUNNING, null);
        reconnector.ownAttemptCancelled();
        move(reconnector, Runstate.IDLE, null);
        assertThat(timers).isEmpty();
        assertThat(reconnector.isAttemptExpected()).isFalse();

        move(reconnector, Runstate.CONNECTING, null);
        move(reconnector, Runstate.RUNNING, null);
        move(reconnector, Runstate.IDLE, lost);
        move(reconnector, Runstate.CONNECTING, null);
        reconnector.ownAttemptCancelled();
        move(reconnector, Runstate.IDLE, null);
        assertThat(timers)
                .as("the session of the first connect is still wanted")
                .hasSize(1);
        reconnector.stop();

        reconnector.start();
        move(reconnector, Runstate.CONNECTING, null);
        move(reconnector, Runstate.RUNNING, null);
        reconnector.ownAttemptCancelled();
        move(reconnector, Runstate.IDLE, null);
        assertThat(timers).hasSize(1);
    }

    @Test
    @DisplayName("a move that the drawing lacks is refused, and the state stays")
    void refusesAnIllegalMove() {
        Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
        assertThatIllegalStateException()
                .isThrownBy(() -> move(reconnector, Runstate.RUNNING, null))
                .withMessage("the reconnector cannot go from STOPPED to CONNECTED");
        assertThat(reconnector.state()).isEqualTo(ReconnectState.STOPPED);
    }

    @Test
    @DisplayName("G13 a start during a caller's own session makes it last beyond the cancellation of the connect")
    void aStartDuringAnOwnSessionCounts() {
        for (boolean started : new boolean[] {true, false}) {
            begun = 0;
            runstate = Runstate.IDLE;
            timers.clear();
            Reconnector reconnector = reconnector(minutes, ConnectMode.CONNECT);
            move(reconnector, Runstate.CONNECTING, null);
            move(reconnector, Runstate.RUNNING, null);
            if (started) {
                reconnector.start();
            }
            reconnector.ownAttemptCancelled();
            move(reconnector, Runstate.DISCONNECTING, lost);
            move(reconnector, Runstate.IDLE, lost);
            assertThat(timers).as("started: %s", started).hasSize(started ? 1 : 0);
        }
        assertThat(begun).isZero();
    }
}
