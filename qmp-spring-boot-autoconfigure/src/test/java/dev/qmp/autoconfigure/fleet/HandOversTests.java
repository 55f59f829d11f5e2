package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.HandshakePhase;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.PeerBusyException;
import dev.qmp.protocol.QmpConnectException;
import java.net.SocketException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** By which failures an instance yields its monitor to another client. */
class HandOversTests {

    @Test
    void aMonitorThatGreetsNobodyElseIsHeldByAnother() {
        assertThat(HandOvers.isHeldByAnother(failure(HandshakePhase.GREETING, true)))
                .isTrue();
        assertThat(HandOvers.isHeldByAnother(failure(HandshakePhase.NEGOTIATION, true)))
                .isTrue();
    }

    /** In every language of the system, and with any text of the core. */
    @Test
    void aBusyMonitorIsHeldByAnother() {
        assertThat(HandOvers.isHeldByAnother(
                        new PeerBusyException("nicht verf\u00fcgbar", new SocketException("nicht verf\u00fcgbar"))))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource
    void anyOtherFailureIsRetriedByTheClient(Throwable failure) {
        assertThat(HandOvers.isHeldByAnother(failure)).isFalse();
    }

    static Stream<Throwable> anyOtherFailureIsRetriedByTheClient() {
        return Stream.of(
                failure(HandshakePhase.GREETING, false),
                failure(HandshakePhase.IDENTITY, true),
                failure(ConnectPhase.TLS, true),
                failure(ConnectPhase.TRANSPORT, true),
                new QmpConnectException(
                        ConnectPhase.TRANSPORT,
                        true,
                        "cannot connect to unix:/run/the monitor is busy.qmp: no such file",
                        null),
                new IllegalStateException("the monitor is busy"));
    }

    @Test
    void anEndWithoutACauseIsNoFailure() {
        assertThat(HandOvers.isHeldByAnother(null)).isFalse();
    }

    private static QmpConnectException failure(ConnectPhase phase, boolean retryable) {
        return new QmpConnectException(phase, retryable, "failed", null);
    }
}
