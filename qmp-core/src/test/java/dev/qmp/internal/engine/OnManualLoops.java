package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.Waits;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;

/**
 * One protocol object on a loop, a clock and transports that the test holds. Each test ends in IDLE with nothing open.
 */
abstract class OnManualLoops {

    static final Endpoint PEER = Endpoint.tcp("peer", 4444);
    static final Duration CONNECT = Duration.ofSeconds(5);
    static final Duration HANDSHAKE = Duration.ofSeconds(30);
    static final Duration WRITE = Duration.ofSeconds(20);
    static final Duration DISCONNECT = Duration.ofSeconds(2);
    static final Duration EVER = Duration.ofDays(10);

    final ManualEventLoops loops = new ManualEventLoops();
    LineProbe probe = new LineProbe(options().build());

    ProtocolOptions.Builder options() {
        return ProtocolOptions.builder("vm1")
                .eventLoops(loops)
                .callbackExecutor(Runnable::run)
                .connectTimeout(CONNECT)
                .handshakeTimeout(HANDSHAKE)
                .writeTimeout(WRITE)
                .disconnectTimeout(DISCONNECT);
    }

    @AfterEach
    void endsInIdleWithNothingOpen() {
        probe.onUnsent = line -> {};
        probe.onChange = change -> {};
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.advance(DISCONNECT.multipliedBy(3));
        assertThat(disconnected).isDone();
        assertIdle();
        assertLegalSequence();
    }

    /** IDLE, nothing open, no timer left. */
    void assertIdle() {
        assertThat(probe.runstate()).isEqualTo(Runstate.IDLE);
        assertThat(loops.isAnythingOpen()).as("something is open").isFalse();
        assertThat(loops.timers()).as("timers").isZero();
    }

    private void assertLegalSequence() {
        Runstate previous = Runstate.IDLE;
        for (Runstate next : probe.runstates()) {
            assertThat(previous.mayBecome(next)).as(previous + " to " + next).isTrue();
            previous = next;
        }
    }

    /** Connects, and returns the transport. */
    ManualTransport connected() {
        CompletableFuture<Void> connected = probe.connect(PEER);
        loops.run();
        loops.dial().succeed();
        assertThat(connected).isCompleted();
        assertThat(probe.runstate()).isEqualTo(Runstate.RUNNING);
        return loops.transport();
    }

    /** {@return what a future has failed with} No test waits here, because its clock does not advance by itself. */
    static Throwable failureOf(CompletableFuture<?> future) {
        assertThat(future).isCompletedExceptionally();
        return Waits.failureOf(future);
    }
}
