package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.qmp.HandshakePhase;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.ConnectionOwnership.Wanted;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.PeerBusyException;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that fail, and by which failures an instance yields its monitor to another client. */
@Timeout(30)
class HandOversTests {

    private final FleetThreads threads = new FleetThreads();
    private final Placement placement = mock(Placement.class);
    private final List<String> moved = new CopyOnWriteArrayList<>();
    private final QmpClient failing = client();
    private final QmpClient good = client();
    private final FleetConnection first = connection("vm1", failing);
    private final FleetConnection second = connection("vm2", good);

    @AfterEach
    void close() {
        threads.close();
    }

    private static QmpClient client() {
        QmpClient client = mock(QmpClient.class);
        given(client.runstate()).willReturn(Runstate.RUNNING);
        given(client.addRunstateListener(any())).willReturn(mock(Registration.class));
        given(client.disconnect()).willReturn(new CompletableFuture<>());
        return client;
    }

    private static FleetConnection connection(String name, QmpClient client) {
        return new FleetConnection(new Wanted(name, client, List.of(), Duration.ofSeconds(10)));
    }

    private HandOvers handOvers(Duration retry) {
        return new HandOvers(
                "me",
                placement,
                mock(Claims.class),
                mock(StateReports.class),
                threads,
                mock(Turns.class),
                retry,
                connection -> null,
                moved::add);
    }

    private void onState(Runnable task) {
        CompletableFuture.runAsync(task, threads.state()).join();
    }

    private void turn(HandOvers handOvers) {
        onState(() -> handOvers.move(List.of(first, second)));
    }

    private void choose(boolean chosen) {
        given(placement.isOurs(any())).willReturn(true);
        given(placement.isChosen(any())).willReturn(chosen);
    }

    /** {@return the hand-overs of an instance that holds both machines} */
    private HandOvers holding() {
        HandOvers handOvers = handOvers(Duration.ofHours(1));
        choose(true);
        turn(handOvers);
        assertThat(List.of(first.phase(), second.phase())).containsOnly(Phase.HELD);
        return handOvers;
    }

    // ------------------------------------------------------------------ clients that fail

    @Test
    void aClientThatCannotBeStartedIsStartedLaterAndTheNextOneNow() {
        Error full = new InternalError("for a test");
        willThrow(full).willDoNothing().given(failing).start();
        given(failing.runstate()).willReturn(Runstate.IDLE);
        HandOvers handOvers = handOvers(Duration.ZERO);
        choose(true);
        turn(handOvers);
        verify(good).start();
        assertThat(second.failure()).isNull();
        assertThat(first.failure()).isSameAs(full);
        assertThat(first.isRetryDue()).isTrue();
        assertThat(first.isMoving(Duration.ofHours(1)))
                .as("commands wait for a session")
                .isFalse();
        assertThat(moved).containsExactly("vm1", "vm2");
        turn(handOvers);
        turn(handOvers);
        verify(failing, times(2)).start();
        verify(good).start();
        assertThat(first.failure()).isNull();
        assertThat(first.phase()).isEqualTo(Phase.HELD);
    }

    @Test
    void aClientThatCannotBeStartedWaitsForItsNextAttempt() {
        willThrow(new IllegalStateException("for a test")).given(failing).start();
        HandOvers handOvers = handOvers(Duration.ofHours(1));
        choose(true);
        turn(handOvers);
        turn(handOvers);
        verify(failing).start();
        onState(() -> handOvers.restart(first));
        verify(failing, times(2)).start();
        assertThat(first.isHeld()).isTrue();
    }

    @Test
    void aClientThatHasYieldedAndCannotBeStartedDoesNotEndTheTurn() {
        HandOvers handOvers = holding();
        onState(() -> {
            first.yieldUntil(System.nanoTime(), new IllegalStateException("busy"));
            second.yieldUntil(System.nanoTime(), new IllegalStateException("busy"));
        });
        willThrow(new IllegalStateException("for a test")).given(failing).start();
        turn(handOvers);
        verify(good, times(2)).start();
        assertThat(first.failure()).hasMessage("for a test");
        assertThat(second.failure()).isNull();
    }

    @Test
    void aClientThatCannotBeFollowedIsTriedAgainAndTheNextOneIsHeld() {
        given(failing.addRunstateListener(any()))
                .willThrow(new IllegalStateException("for a test"))
                .willReturn(mock(Registration.class));
        given(failing.runstate()).willReturn(Runstate.IDLE);
        HandOvers handOvers = handOvers(Duration.ofHours(1));
        choose(true);
        turn(handOvers);
        assertThat(first.phase()).isEqualTo(Phase.OFF);
        verify(good).start();
        turn(handOvers);
        verify(failing).start();
        assertThat(first.phase()).isEqualTo(Phase.HELD);
    }

    /** Otherwise no other instance would ever get the machine, because nothing would release the claim. */
    @Test
    void aReleaseThatCannotBeginIsRepeated() {
        HandOvers handOvers = holding();
        given(failing.disconnect())
                .willThrow(new IllegalStateException("for a test"))
                .willReturn(CompletableFuture.completedFuture(null));
        choose(false);
        turn(handOvers);
        assertThat(first.phase()).isEqualTo(Phase.HELD);
        assertThat(second.phase()).isEqualTo(Phase.RELEASING);
        turn(handOvers);
        onState(() -> {}); // follows the end of the disconnect
        assertThat(first.phase()).isEqualTo(Phase.DRAINED);
    }

    /** Other instances take over all machines, so that each client must leave its monitor. */
    @Test
    void aClientThatCannotBeDisconnectedDoesNotKeepTheOthersConnected() {
        HandOvers handOvers = holding();
        given(failing.disconnect()).willThrow(new IllegalStateException("for a test"));
        onState(() ->
                assertThat(handOvers.disconnectAll(List.of(first, second))).isEqualTo(2));
        verify(good).disconnect();
        assertThat(List.of(first.phase(), second.phase())).containsOnly(Phase.OFF);
    }

    // ------------------------------------------------------------------ monitors that another client holds

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
