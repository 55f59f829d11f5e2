package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Errors of the JVM between the steps of an attempt, and on the way back: nothing stays open, and no caller waits. */
class AttemptFaultTests extends OnManualDial {

    private final Error fault = new InternalError("on purpose");

    private CompletableFuture<Void> accepting() {
        CompletableFuture<Void> accepted = probe.startServerAndAccept(PEER);
        loops.run();
        return accepted;
    }

    private void assertNeverEstablished(CompletableFuture<Void> attempt) {
        assertThat(connectFailure(attempt)).hasCause(fault);
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S15 a transport that is opened is closed if the deadline of its handshake cannot be set")
    void afterTheDial() {
        CompletableFuture<Void> connected = connecting();
        loops.run(() -> {
            loops.taskFailure = fault;
            loops.dial().open();
        });
        assertNeverEstablished(connected);
    }

    @Test
    @DisplayName("S15 a session that is established, but cannot begin to write, ends")
    void afterTheHandshake() {
        CompletableFuture<Void> handshake = new CompletableFuture<>();
        probe.establishing = () -> handshake;
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        loops.run(() -> {
            loops.taskFailure = fault;
            handshake.complete(null);
        });
        assertThat(connected).isCompleted();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        assertThat(probe.lastChange().cause()).isSameAs(fault);
        assertIdle();
    }

    @Test
    @DisplayName("S12 an accepted connection is closed if the deadline of its transport cannot be set")
    void afterTheAccept() {
        CompletableFuture<Void> accepted = accepting();
        loops.run(() -> {
            loops.taskFailure = fault;
            loops.acceptor().admitPeer();
        });
        assertThat(loops.acceptor().peer().isClosed()).isTrue();
        assertNeverEstablished(accepted);
    }

    @Test
    @DisplayName("S12 an accepted connection is closed if no transport can take it over")
    void beforeTheTransport() {
        CompletableFuture<Void> accepted = accepting();
        loops.takeFailure = fault;
        loops.acceptor().peerArrives();
        assertThat(loops.acceptor().peer().isClosed()).isTrue();
        assertNeverEstablished(accepted);
    }

    @Test
    @DisplayName("S16 a socket that cannot be closed holds up a disconnect until its deadline only")
    void whileClosingTheSocket() {
        CompletableFuture<Void> accepted = accepting();
        loops.acceptor().closeFailure = fault;
        CompletableFuture<Void> disconnected = probe.disconnect();
        assertThatThrownBy(loops::run).isSameAs(fault);
        assertThat(disconnected).isNotDone();

        loops.advance(DISCONNECT);
        assertThat(disconnected).isCompleted();
        assertThat(connectFailure(accepted)).hasMessageContaining("disconnected meanwhile");
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S16 a transport is closed if the writer cannot be stopped")
    void whileStoppingTheWriter() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("never taken"); // sets the write deadline
        loops.run();
        loops.cancelFailure = fault;
        loops.run(() ->
                assertThatThrownBy(() -> transport.listener().failed(refused)).isSameAs(fault));
        assertThat(transport.isOpen()).isFalse();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        assertIdle();
    }

    @Test
    @DisplayName("S16 a transport that cannot be closed is closed again at the deadline of the disconnect")
    void whileClosingTheTransport() {
        ManualTransport transport = connected();
        transport.closeFailure = fault;
        loops.run(() ->
                assertThatThrownBy(() -> transport.listener().failed(refused)).isSameAs(fault));
        assertThat(transport.isOpen()).isTrue();
        loops.advance(DISCONNECT);
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        assertIdle();
    }

    @Test
    @DisplayName("S16 a transport that can never be closed keeps nothing from IDLE")
    void aTransportThatIsNeverClosed() {
        ManualTransport transport = connected();
        transport.closeFailure = fault;
        CompletableFuture<Void> disconnected = probe.disconnect();
        assertThatThrownBy(loops::run).isSameAs(fault);
        transport.closeFailure = fault;
        assertThatThrownBy(() -> loops.advance(DISCONNECT)).isSameAs(fault);
        loops.run();
        assertThat(disconnected).isCompleted();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        loops.run(transport::close);
    }
}
