package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** What comes first, the end of the attempt or the runstate, is up to threads; here it is up to the test. */
class RequiredSessionTests {

    private final QmpClient client = mock(QmpClient.class);
    private final CompletableFuture<Void> attempt = new CompletableFuture<>();
    private final ArgumentCaptor<RunstateListener> listener = ArgumentCaptor.forClass(RunstateListener.class);

    @BeforeEach
    void idle() {
        given(client.runstate()).willReturn(Runstate.IDLE);
        given(client.connect()).willReturn(attempt);
        given(client.endpoint()).willReturn(Endpoint.tcp("localhost", 1));
        given(client.addRunstateListener(any())).willReturn(mock(Registration.class));
    }

    @Test
    void aSessionThatTheRunstateTellsFirstIsNotEnded() {
        RequiredSession session = RequiredSession.of(managed(Duration.ofSeconds(10)));
        verify(client).addRunstateListener(listener.capture());
        listener.getValue()
                .runstateChanged(new RunstateChange(Runstate.CONNECTING, Runstate.RUNNING, null, Instant.EPOCH));
        session.await();
        assertThat(attempt).isNotDone();
    }

    @Test
    void anAttemptThatTakesTooLongIsEnded() {
        RequiredSession session = RequiredSession.of(managed(Duration.ofMillis(10)));
        assertThatExceptionOfType(QmpFailFastException.class).isThrownBy(session::await);
        assertThat(attempt).isCancelled();
    }

    @Test
    void theStartIsInTheStateInWhichSpringInterruptsIt() throws InterruptedException {
        RequiredSession session = RequiredSession.of(managed(Duration.ofSeconds(10)));
        Thread start = new Thread(
                () -> assertThatExceptionOfType(QmpFailFastException.class).isThrownBy(session::await));
        start.start();
        Awaitility.await().until(() -> start.getState() == Thread.State.WAITING);
        start.interrupt();
        start.join();
        assertThat(attempt).isCancelled();
    }

    /** {@return a client with this connect timeout, which is a part of the start's} */
    private ManagedClient managed(Duration connectTimeout) {
        try (QmpClient real = QmpClient.builder("tcp:localhost:1")
                .connectTimeout(connectTimeout)
                .handshakeTimeout(Duration.ofMillis(10))
                .build()) {
            given(client.options()).willReturn(real.options());
        }
        return new ManagedClient("vm1", client, true, true, List.of(), Endpoint.tcp("localhost", 1));
    }
}
