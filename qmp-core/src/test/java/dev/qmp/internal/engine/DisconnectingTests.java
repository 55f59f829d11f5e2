package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.SessionOutcome;
import dev.qmp.protocol.StateException;
import dev.qmp.testing.LogRecorder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rows S16, S17 and S24 to S28: the one way back to IDLE. */
class DisconnectingTests extends OnManualLoops {

    private final ProtocolException broken = new ProtocolException(Violation.BAD_MESSAGE, "nonsense");

    private CompletableFuture<Void> disconnecting() {
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.run();
        return disconnected;
    }

    @Test
    @DisplayName("S17 on an idle connection it passes DISCONNECTING and reports nothing")
    void onAnIdleConnection() {
        assertThat(disconnecting()).isCompleted();
        assertThat(probe.runstates()).containsExactly(DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S16 while dialling, establishing, running and disconnecting")
    void fromEveryRunstate() {
        probe.connect(PEER);
        assertThat(disconnecting()).isCompleted();
        assertIdle();

        probe.establishing = CompletableFuture::new;
        CompletableFuture<Void> connected = probe.connect(PEER);
        loops.run();
        loops.dial().succeed();
        assertThat(disconnecting()).isCompleted();
        assertThat(connected).isCompletedExceptionally();
        assertIdle();

        probe.establishing = () -> CompletableFuture.completedFuture(null);
        connected().closesAtOnce = false;
        CompletableFuture<Void> first = disconnecting();
        CompletableFuture<Void> second = disconnecting();
        assertThat(first).isNotDone();
        assertThat(probe.runstate()).isEqualTo(DISCONNECTING);
        loops.transport().finishClosing();
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(probe.runstates())
                .containsExactly(
                        CONNECTING,
                        DISCONNECTING,
                        IDLE, //
                        CONNECTING,
                        DISCONNECTING,
                        IDLE, //
                        CONNECTING,
                        RUNNING,
                        DISCONNECTING,
                        IDLE);
    }

    @Test
    @DisplayName("S16 it waits until all is closed, and no longer than the deadline")
    void itWaitsUntilClosedOrTheDeadline() {
        connected().closesAtOnce = false;
        CompletableFuture<Void> disconnected = disconnecting();
        loops.advance(DISCONNECT.minusMillis(1));
        assertThat(disconnected).isNotDone();
        loops.advance(Duration.ofMillis(1));
        assertThat(disconnected).isCompleted();
        assertIdle();
        loops.transport().finishClosing();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S17 an earlier failure is reported to the next disconnect(), and to no later one")
    void anOldFailureIsNotAnnouncedAgain() {
        connected();
        loops.run(() -> probe.failWith(new IllegalStateException("on purpose")));
        assertThat(probe.lastChange().cause()).hasMessage("on purpose");

        CompletableFuture<Void> disconnected = disconnecting();

        assertThat(failureOf(disconnected)).hasMessage("on purpose");
        assertThat(probe.lastChange().previous()).isEqualTo(DISCONNECTING);
        assertThat(probe.lastChange().cause()).isNull();
        assertThat(disconnecting()).isCompleted();
    }

    @Test
    @DisplayName("S26 what was queued is written first when nothing is wrong")
    void drainsWhatWasQueued() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("first");
        loops.run();
        probe.say("second");
        CompletableFuture<Void> disconnected = disconnecting();
        assertThat(transport.isOpen()).isTrue();
        assertThat(probe.runstate()).isEqualTo(DISCONNECTING);

        transport.peerTakes();

        assertThat(transport.written()).containsExactly("first", "second");
        assertThat(probe.sent()).containsExactly("first", "second");
        assertThat(disconnected).isCompleted();
        assertIdle();
    }

    @Test
    @DisplayName("S26 replies that are awaited are awaited, within the deadline")
    void waitsForReplies() {
        boolean[] answered = new boolean[1];
        probe.quiet = () -> answered[0];
        probe.onMessage = line -> answered[0] = true;
        ManualTransport transport = connected();
        CompletableFuture<Void> disconnected = disconnecting();
        loops.advance(DISCONNECT.minusMillis(1));
        assertThat(disconnected).isNotDone();
        transport.peerSays("the reply");
        assertThat(disconnected).isCompleted();
        assertThat(probe.heard()).containsExactly("the reply");
        assertIdle();
    }

    @Test
    @DisplayName("S26 after the deadline it closes, and what was queued is unsent")
    void closesAfterTheDeadline() {
        probe.maySend = line -> false;
        connected();
        probe.say("never");
        CompletableFuture<Void> disconnected = disconnecting();
        loops.advance(DISCONNECT);
        assertThat(disconnected).isCompleted();
        assertThat(probe.unsent()).containsExactly("never");
        assertIdle();
    }

    @Test
    @DisplayName("S26 a warning states the limit if messages or replies are under way at the deadline, and only then")
    void warnsAtTheDeadline() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            probe.quiet = () -> false;
            connected();
            disconnecting();
            loops.advance(DISCONNECT.minusMillis(1));
            assertThat(log.at(Level.WARN)).isEmpty();
            loops.advance(Duration.ofMillis(1));
            assertThat(log.at(Level.WARN)).containsExactly("vm1: Messages are still under way after 2000 ms; closing");
            assertIdle();

            probe.quiet = () -> true;
            connected().closesAtOnce = false; // the deadline of the close passes, too
            disconnecting();
            loops.advance(DISCONNECT);
            assertIdle();
            assertThat(log.at(Level.WARN)).hasSize(1);
            loops.transport().finishClosing();
        }
    }

    @Test
    @DisplayName("S26 what is sent once it disconnects is unsent")
    void nothingIsTakenInWhileDisconnecting() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("before");
        loops.run();
        CompletableFuture<Void> disconnected = disconnecting();
        probe.say("after");
        loops.run();
        assertThat(probe.unsent()).containsExactly("after");
        transport.peerTakes();
        assertThat(disconnected).isCompleted();
    }

    @Test
    @DisplayName("S26 a listener of DISCONNECTING sends nothing more, except for what is urgent in a session")
    void nothingIsTakenFromAListener() {
        probe.onChange = change -> {
            if (change.current() == DISCONNECTING) {
                probe.say("late");
                probe.sayUrgently("urgent");
            }
        };
        ManualTransport transport = connected();
        assertThat(disconnecting()).isCompleted();
        assertThat(transport.written()).containsExactly("urgent");
        assertThat(probe.unsent()).containsExactly("late");

        probe.establishing = () -> probe.hear().thenApply(line -> null);
        probe.connect(PEER);
        loops.run();
        loops.dial().succeed();
        assertThat(probe.runstate()).isEqualTo(CONNECTING);
        assertThat(disconnecting()).isCompleted();
        assertThat(loops.transport().written()).isEmpty();
        assertThat(probe.unsent()).containsExactly("late", "late", "urgent");
        assertThat(probe.unsentCauses().get(1)).isInstanceOf(StateException.class);
    }

    @Test
    @DisplayName("S27 what was queued is not written when something is wrong")
    void doesNotDrainWhenSomethingIsWrong() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("in the pipe");
        loops.run();
        probe.say("queued");
        loops.run();
        transport.breaks(broken);
        assertThat(transport.written()).containsExactly("in the pipe");
        assertThat(probe.unsent()).containsExactly("queued");
        assertThat(probe.unsentCauses()).containsExactly(broken);
        assertIdle();
    }

    @Test
    @DisplayName("S24 user, peer and error take the same path")
    void oneDisconnectPath() {
        connected();
        disconnecting();
        connected().peerCloses();
        connected().breaks(broken);
        connected();
        loops.run(() -> probe.failWith(broken));
        List<dev.qmp.protocol.Runstate> once = List.of(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        assertThat(probe.runstates()).hasSize(16);
        for (int session = 0; session < 4; session++) {
            assertThat(probe.runstates().subList(session * 4, session * 4 + 4)).isEqualTo(once);
        }
        assertIdle();
    }

    @Test
    @DisplayName("S25 a failure during a disconnect speeds it up, and is reported")
    void aFailureHastensADisconnect() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("never taken");
        CompletableFuture<Void> disconnected = disconnecting();
        assertThat(disconnected).isNotDone();
        transport.breaks(broken);
        assertThat(failureOf(disconnected)).isSameAs(broken);
        assertIdle();
    }

    @Test
    @DisplayName("S17 the first cause is reported, once, by the next disconnect, and it is IDLE even so")
    void theFirstCauseIsReportedOnce() {
        ManualTransport transport = connected();
        transport.closesAtOnce = false;
        transport.breaks(broken);
        transport.breaks(new ConnectionLostException("a consequence", null));
        transport.finishClosing();
        assertIdle();

        CompletableFuture<Void> reporting = disconnecting();
        assertThat(failureOf(reporting)).isSameAs(broken);
        assertThat(probe.runstate()).isEqualTo(IDLE);
        assertThat(disconnecting()).isCompleted();
    }

    @Test
    @DisplayName("S17 all waiting callers get the cause")
    void allWhoWaitAreTold() {
        ManualTransport transport = connected();
        transport.closesAtOnce = false;
        transport.breaks(broken);
        CompletableFuture<Void> first = disconnecting();
        CompletableFuture<Void> second = disconnecting();
        transport.finishClosing();
        assertThat(failureOf(first)).isSameAs(broken);
        assertThat(failureOf(second)).isSameAs(broken);
        assertThat(disconnecting()).isCompleted();
    }

    @Test
    @DisplayName("S17 a new session forgets the cause of the last one's end")
    void aNewSessionForgets() {
        connected().breaks(broken);
        connected();
        assertThat(disconnecting()).isCompleted();
    }

    @Test
    @DisplayName("S28 an error of closing is not reported after another failure")
    void anErrorOfClosingIsNoNews() {
        ManualTransport transport = connected();
        transport.closesAtOnce = false;
        transport.breaks(broken);
        CompletableFuture<Void> disconnected = disconnecting();
        transport.breaks(new IOException("of closing"));
        transport.finishClosing();
        assertThat(failureOf(disconnected)).isSameAs(broken);
    }

    @Test
    @DisplayName("S28 a peer that closes during a disconnect is no error")
    void aPeerThatClosesTooIsNoError() {
        ManualTransport transport = connected();
        transport.closesAtOnce = false;
        CompletableFuture<Void> disconnected = disconnecting();
        transport.peerCloses();
        assertThat(disconnected).as("both sides closed").isCompleted();
    }

    @Test
    @DisplayName("S28 a failed close is reported if nothing had failed before")
    void aCloseThatFailsIsNews() {
        ManualTransport transport = connected();
        transport.closesAtOnce = false;
        CompletableFuture<Void> disconnected = disconnecting();
        transport.breaks(broken);
        transport.finishClosing();
        assertThat(failureOf(disconnected)).isSameAs(broken);
    }

    @Test
    @DisplayName("S16 disconnect from within a message handler and from a sent hook")
    void fromWithinHooks() {
        probe.onMessage = line -> probe.disconnect();
        connected().peerSays("go");
        assertIdle();

        probe.onSent = line -> probe.disconnect();
        connected();
        probe.say("bye");
        loops.run();
        assertThat(probe.sent()).containsExactly("bye");
        assertIdle();
    }

    @Test
    @DisplayName("S16 a transport that is closed when close returns ends the session, too")
    void aTransportThatClosesAtOnce() {
        probe.establishing = CompletableFuture::new;
        probe.connect(PEER);
        loops.run();
        loops.dial().succeed();
        assertThat(disconnecting()).isCompleted();
        assertIdle();
    }

    @Test
    @DisplayName("S16 hooks that throw while it disconnects hold up nothing")
    void throwingHooksHoldUpNothing() {
        probe.maySend = line -> false;
        probe.onUnsent = line -> {
            throw new IllegalStateException("on purpose");
        };
        ManualTransport transport = connected();
        probe.say("one");
        probe.say("two");
        CompletableFuture<Void> disconnected = disconnecting();
        loops.advance(DISCONNECT);
        assertIdle();
        assertThat(disconnected).isCompletedExceptionally();
        assertThat(transport.isOpen()).isFalse();
        assertThat(probe.unsent()).containsExactly("one", "two");
    }

    @Test
    @DisplayName("S16 a disconnect does not wait for a protocol whose isQuiet fails")
    void aThrowingQuestionHoldsUpNothing() {
        connected();
        probe.quiet = () -> {
            throw new IllegalStateException("on purpose");
        };
        assertThat(failureOf(disconnecting())).hasMessage("on purpose");
        assertIdle();
    }

    @Test
    @DisplayName("S16 an outcome that cannot be described holds up nothing")
    void anOutcomeThatThrows() {
        SessionOutcome outcome = new SessionOutcome() {
            @Override
            public boolean isOrderly() {
                return true;
            }

            @Override
            public String description() {
                throw new IllegalStateException("on purpose");
            }
        };
        probe.outcome = outcome;
        connected().peerCloses();
        assertIdle();
        assertThat(probe.lastChange().outcome()).isSameAs(outcome);
        assertThat(failureOf(disconnecting())).isInstanceOf(ConnectionLostException.class);

        connected();
        assertThat(disconnecting()).isCompleted();
        assertIdle();
    }

    @Test
    @DisplayName("S16 a deadline that cannot be scheduled holds up nothing")
    void aDeadlineThatFails() {
        ManualTransport transport = connected();
        loops.run(() -> {
            loops.taskFailure = new InternalError("on purpose");
            assertThatExceptionOfType(InternalError.class)
                    .isThrownBy(() -> transport.listener().failed(broken));
        });
        assertIdle();
        assertThat(transport.isOpen()).isFalse();
    }

    @Test
    @DisplayName("S16 a limit of the drain that cannot be scheduled closes the session at once")
    void aLimitOfTheDrainThatFails() {
        ManualTransport transport = connected();
        loops.run(() -> {
            loops.taskFailure = new InternalError("on purpose");
            assertThatExceptionOfType(InternalError.class).isThrownBy(() -> probe.disconnect());
        });
        assertIdle();
        assertThat(transport.isOpen()).isFalse();
    }

    @Test
    @DisplayName("S16 nothing of a closed session reaches the protocol")
    void nothingReachesTheProtocolAfterwards() {
        ManualTransport transport = connected();
        transport.closesAtOnce = false;
        disconnecting();
        transport.peerSays("too late");
        assertThat(probe.heard()).isEmpty();
        transport.finishClosing();
        transport.peerSays("much too late");
        assertThat(probe.heard()).isEmpty();
    }

    @Test
    @DisplayName("S24 late messages of an old session do not affect the new one")
    void anOldSessionDoesNotHarmTheNewOne() {
        ManualTransport old = connected();
        old.takes = false;
        old.closesAtOnce = false;
        probe.say("first");
        loops.run();
        probe.failWith(broken);
        loops.advance(DISCONNECT);
        assertIdle();

        connected();
        old.peerTakes();
        old.breaks(broken);
        old.peerSays("boo");
        old.finishClosing();
        loops.advance(EVER);

        assertThat(probe.runstate()).isEqualTo(RUNNING);
        assertThat(probe.heard()).isEmpty();
    }

    @Test
    @DisplayName("S30 a peer that closes ends the session with the protocol's cause for that")
    void theProtocolReportsTheEnd() {
        probe.endOfStream = ConnectionLostException::expectedEndOfStream;
        connected().peerCloses();
        assertThat(probe.lastChange().cause())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isExpected())
                        .isTrue());

        IllegalStateException fault = new IllegalStateException("a fault of the protocol's own");
        probe.endOfStream = () -> {
            throw fault;
        };
        connected().peerCloses();
        assertThat(probe.lastChange().cause()).isSameAs(fault);
        assertThat(probe.runstate()).isEqualTo(IDLE);
    }
}
