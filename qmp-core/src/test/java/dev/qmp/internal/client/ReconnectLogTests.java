package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.ConnectMode;
import dev.qmp.HandshakePhase;
import dev.qmp.SessionEnd;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.InlineScheduler;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What an operator reads of a server that comes and goes, on a clock held by hand. */
class ReconnectLogTests {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String LOST = "Not connected, trying again: "
            + ConnectionLostException.endOfStream().getMessage();

    private final PriorityQueue<Timer> agenda = new PriorityQueue<>(Comparator.comparingLong(Timer::at));
    private Duration now = Duration.ZERO;
    private final InlineScheduler scheduler = this::later;
    private final LogRecorder log = LogRecorder.of("dev.qmp.client.reconnectlog");
    private final Reconnector reconnector = new Reconnector(
            () -> () -> Duration.ofMillis(100),
            ConnectMode.CONNECT,
            new ConnectorStub(this::dial),
            scheduler,
            new ConnectionLog(
                    LoggerFactory.getLogger("dev.qmp.client.reconnectlog"), scheduler, () -> now().toNanos()));
    private int dials;

    /** What a dial leads to. */
    private Runnable server = () -> {};

    private record Timer(long at, Runnable task) {}

    private Duration now() {
        return now;
    }

    private void dial() {
        dials++;
        later(Duration.ZERO, server);
    }

    private Cancellable later(Duration delay, Runnable task) {
        Timer timer = new Timer(now.plus(delay).toNanos(), task);
        agenda.add(timer);
        return () -> agenda.remove(timer);
    }

    private void pass(Duration time) {
        Duration end = now.plus(time);
        while (!agenda.isEmpty() && agenda.element().at() <= end.toNanos()) {
            Timer next = agenda.remove();
            now = Duration.ofNanos(next.at());
            next.task().run();
        }
        now = end;
    }

    private void become(Runstate runstate, Throwable cause) {
        reconnector.runstateChanged(new RunstateChange(runstate, runstate, cause, Instant.EPOCH));
    }

    private void take() {
        become(Runstate.RUNNING, null);
    }

    private void lose() {
        become(Runstate.IDLE, ConnectionLostException.endOfStream());
    }

    private void shutDown() {
        SessionEnd end = new SessionEnd(SessionEnd.Kind.SHUT_DOWN_BY_COMMAND, Instant.EPOCH, "host-qmp-quit", null);
        reconnector.runstateChanged(new RunstateChange(
                Runstate.DISCONNECTING, Runstate.IDLE, ConnectionLostException.endOfStream(), Instant.EPOCH, end));
    }

    private void fail(String how) {
        fail(ConnectPhase.TRANSPORT, how);
    }

    private void fail(ConnectPhase phase, String how) {
        become(Runstate.IDLE, new QmpConnectException(phase, true, how, null));
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    @DisplayName("a cause that quotes text from outside stays on its line")
    void input24ALineFeedInACauseForgesNoLogLine() {
        server = () -> fail("busy\n12:00:00 INFO forged\u001b[2J");
        reconnector.start();
        pass(MINUTE);

        assertThat(log.at(Level.WARN))
                .containsOnly("Not connected, trying again: busy\\u000A12:00:00 INFO forged\\u001B[2J");
    }

    @Test
    @DisplayName(
            "#21 two causes that take turns are one line every five seconds, each its turn, and not one an attempt")
    void alternatingCauses() {
        server = () -> fail(dials % 2 == 0 ? "busy" : "refused");
        reconnector.start();
        pass(MINUTE);

        assertThat(dials).isGreaterThan(500);
        assertThat(log.at(Level.WARN))
                .hasSizeBetween(11, 13)
                .startsWith("Not connected, trying again: refused", "Not connected, trying again: busy");
        assertThat(log.at(Level.DEBUG)).as("the rest").hasSizeGreaterThan(480);
    }

    @Test
    @DisplayName("#21 a server that negotiates and hangs up, again and again, is two lines every five seconds")
    void negotiatesAndHangsUp() {
        server = () -> {
            take();
            later(Duration.ofMillis(10), this::lose);
        };
        reconnector.start();
        pass(MINUTE);

        assertThat(dials).isGreaterThan(500);
        assertThat(log.at(Level.INFO)).hasSizeBetween(11, 13).containsOnly("Connected");
        assertThat(log.at(Level.WARN)).hasSizeBetween(11, 13).containsOnly(LOST);
    }

    @Test
    @DisplayName("#21 one cause is one line, however long it lasts")
    void oneCause() {
        server = () -> fail("refused");
        reconnector.start();
        pass(MINUTE);

        assertThat(log.at(Level.WARN)).containsExactly("Not connected, trying again: refused");
    }

    @Test
    @DisplayName("#21 a loss after a quiet time is logged at once, and so is the next session")
    void aQuietSession() {
        server = this::take;
        reconnector.start();
        for (int round = 1; round <= 3; round++) {
            pass(Duration.ofSeconds(5));
            lose();
            assertThat(log.at(Level.WARN)).hasSize(round);
            pass(Duration.ofMillis(100));
            assertThat(log.at(Level.INFO)).hasSize(round + 1);
        }
    }

    @Test
    @DisplayName("#21 a delayed line is logged later if it is still true, so the last line is right")
    void theLastWordIsRight() {
        server = this::take;
        reconnector.start();
        pass(Duration.ofSeconds(1));
        lose();
        pass(Duration.ofSeconds(1));
        assertThat(log.at(Level.INFO)).as("too soon").hasSize(1);
        pass(Duration.ofSeconds(3));
        assertThat(log.at(Level.INFO)).as("still connected").hasSize(2);

        server = () -> {}; // waits for ever, as a listening client does
        lose();
        assertThat(log.at(Level.WARN)).as("too soon").hasSize(1);
        pass(MINUTE);
        assertThat(log.at(Level.WARN)).containsExactly(LOST, LOST);
    }

    @Test
    @DisplayName("#21 a session that returns before its loss is logged is nevertheless logged as connected")
    void backAtOnce() {
        server = () -> {
            if (dials == 1) {
                fail("refused");
            } else {
                take();
            }
        };
        reconnector.start();
        pass(Duration.ofSeconds(1));
        lose();
        pass(MINUTE);

        assertThat(log.at(Level.WARN)).containsExactly("Not connected, trying again: refused");
        assertThat(log.at(Level.INFO)).containsExactly("Connected", "Connected");
    }

    @Test
    @DisplayName("#21 after an orderly shutdown, the server's absence is logged at INFO, and other failures at WARN")
    void anOrderlyShutdownNeedsNoAction() {
        server = this::take;
        reconnector.start();
        pass(MINUTE);
        server = () -> fail("no socket");
        shutDown();
        pass(MINUTE);

        assertThat(log.at(Level.WARN)).isEmpty();
        assertThat(log.at(Level.INFO)).containsExactly("Connected", LOST, "Not connected, trying again: no socket");

        server = () -> fail(HandshakePhase.GREETING, "busy");
        pass(MINUTE);
        assertThat(log.at(Level.WARN)).containsExactly("Not connected, trying again: busy");
    }

    @Test
    @DisplayName("#21 a session after an orderly shutdown is a new one: its loss is logged at WARN")
    void aLossAfterARestartIsLoggedAtWarn() {
        server = this::take;
        reconnector.start();
        pass(MINUTE);
        shutDown();
        pass(MINUTE);
        lose();

        assertThat(log.at(Level.WARN)).containsExactly(LOST);
    }

    @Test
    @DisplayName("#21 no delayed line is logged for a client that was stopped meanwhile")
    void stopped() {
        server = this::take;
        reconnector.start();
        pass(Duration.ofSeconds(1));
        lose();
        pass(Duration.ofSeconds(1));
        reconnector.stop();
        become(Runstate.IDLE, null);
        pass(MINUTE);

        assertThat(log.at(Level.INFO)).hasSize(1);
        assertThat(agenda).isEmpty();
    }
}
