package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.StateException;
import dev.qmp.testing.LineCodec;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The sessions of an engine whose protocol is the test: what a session keeps, and for how long. */
class SessionTests {

    private static final Endpoint PEER = Endpoint.tcp("peer", 4444);
    private static final Duration DISCONNECT = Duration.ofSeconds(2);

    private final ManualEventLoops loops = new ManualEventLoops();
    private final Sessions sessions = new Sessions();
    private final Engine<String> engine = new Engine<>("Test", options(), new LineCodec(), loops, sessions);

    private ProtocolOptions options() {
        return ProtocolOptions.builder("vm1")
                .eventLoops(loops)
                .callbackExecutor(Runnable::run)
                .disconnectTimeout(DISCONNECT)
                .build();
    }

    /** Keeps the context of the last session, as a protocol may. */
    private static final class Sessions implements ProtocolHandler<String> {

        private SessionContext<String> context;
        private Error failure;
        private final List<String> unsent = new ArrayList<>();
        private Throwable unsentCause;

        @Override
        public SessionHandler<String> newSession(SessionContext<String> session) {
            if (failure != null) {
                throw failure;
            }
            context = session;
            return new SessionHandler<>() {
                @Override
                public void unsent(String message, Throwable cause) {
                    unsent.add(message);
                    unsentCause = cause;
                }
            };
        }

        @Override
        public void runstateChanged(RunstateChange change) {}
    }

    private CompletableFuture<Void> connect() {
        CompletableFuture<Void> connected = engine.establishing().connect(PEER, engine.callbacks());
        loops.run();
        loops.dial().succeed();
        return connected;
    }

    @Test
    @DisplayName("a protocol that can make no session fails the attempt at once, and leaves nothing open")
    void noSessionCanBeMade() {
        sessions.failure = new OutOfMemoryError("for the test");
        CompletableFuture<Void> connected = connect();
        assertThat(connected)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .withRootCauseInstanceOf(OutOfMemoryError.class);
        assertThat(engine.runstates().current()).isEqualTo(Runstate.IDLE);
        assertThat(loops.isAnythingOpen()).isFalse();
        assertThat(loops.timers()).isZero();
    }

    @Test
    @DisplayName("a deadline holds until the session has ended, also while its transport is slow to close")
    void deadlinesHoldWhileTheTransportCloses() {
        connect();
        loops.transport().closesAtOnce = false;
        List<Runstate> passed = new ArrayList<>();
        loops.run(() -> {
            for (long millis : new long[] {100, 3000}) {
                sessions.context.schedule(
                        Duration.ofMillis(millis),
                        () -> passed.add(engine.runstates().current()));
            }
            sessions.context.fail(new IllegalStateException("for the test"));
        });
        loops.advance(Duration.ofMillis(100));
        assertThat(passed).containsExactly(Runstate.DISCONNECTING);
        loops.advance(DISCONNECT);
        assertThat(engine.runstates().current()).isEqualTo(Runstate.IDLE);
        loops.advance(DISCONNECT);
        assertThat(passed).containsExactly(Runstate.DISCONNECTING);
    }

    @Test
    @DisplayName("a session that has ended keeps neither its transport nor its messages")
    void anEndedSessionKeepsNothing() {
        connect();
        loops.run(() -> sessions.context.sender().send("untaken"));
        WeakReference<ManualTransport> transport = new WeakReference<>(loops.transport());
        loops.transport().peerCloses();
        assertThat(engine.runstates().current()).isEqualTo(Runstate.IDLE);
        loops.dials().clear();
        for (int tries = 0; tries < 10 && transport.get() != null; tries++) {
            System.gc();
        }
        assertThat(transport.get()).isNull();
        assertThat(sessions.context).isNotNull();
    }

    @Test
    @DisplayName("messages for a session that has ended are unsent, the next session's transport does not get them")
    void sendingAfterTheEnd() {
        connect();
        SessionContext<String> ended = sessions.context;
        loops.run(() -> ended.fail(new IllegalStateException("for the test")));
        connect();
        loops.run(() -> {
            ended.sender().send("late");
            ended.sender().sendUrgent("urgent");
            ended.sender().sendTogether(() -> ended.sender().send("together"));
            ended.sender().resumeSending();
            assertThat(ended.sender().withdraw("late")).isFalse();
            assertThat(ended.sender().openDirectLane()).isNull();
            assertThat(ended.sender().closeDirectLane()).isTrue();
        });
        assertThat(sessions.unsent).containsExactly("late", "urgent", "together");
        assertThat(sessions.unsentCause).isInstanceOf(StateException.class);
        assertThat(loops.transport().written()).isEmpty();
        assertThat(engine.runstates().current()).isEqualTo(Runstate.RUNNING);
    }
}
