package dev.qmp.autoconfigure.fleet;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.clearInvocations;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.qmp.HandshakePhase;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientOptions;
import dev.qmp.QmpClientStatus;
import dev.qmp.autoconfigure.ConnectionOwnership.Wanted;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.error.NotSentException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.testing.FreePort;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.ArgumentCaptor;
import tools.jackson.databind.JsonNode;

/** What a fleet does is right in any order in which its callbacks run. */
@Timeout(60)
class FleetOrderTests {

    private static final Duration LONG = Duration.ofSeconds(55);
    private static final Duration SHORT = Duration.ofMillis(50);

    /** Keeps tasks until the test runs them. */
    private static final class Kept extends AbstractExecutorService {

        private final List<Runnable> tasks = new CopyOnWriteArrayList<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void shutdown() {
            tasks.clear();
        }

        @Override
        public List<Runnable> shutdownNow() {
            return tasks;
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }

    @Test
    void anAnswerThatHasArrivedCountsWhenItsCallbackIsLaterThanThatOfALoss() {
        String cluster = "order-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        HazelcastInstance member = Hazelcast.newHazelcastInstance(FleetNode.config(cluster, List.of(FreePort.find())));
        Kept callbacks = new Kept();
        try (FleetThreads threads = spy(new FleetThreads())) {
            given(threads.callbacks()).willReturn(callbacks);
            CompletableFuture<JsonNode> done = CompletableFuture.completedFuture(QmpJson.object());
            RemoteCommands owner = new RemoteCommands(member, cluster, "owner", (machine, command) -> done, threads);
            RemoteCommands caller = new RemoteCommands(member, cluster, "caller", (machine, command) -> null, threads);
            owner.open();
            caller.open();
            CompletableFuture<JsonNode> result =
                    caller.execute("owner", "instance owner", "vm0", QmpCommand.of("cont"), LONG);
            Awaitility.await().atMost(LONG).until(() -> callbacks.tasks.size() == 1);

            caller.end("this instance has ended");
            for (int i = callbacks.tasks.size() - 1; i >= 0; i--) {
                callbacks.tasks.get(i).run();
            }

            assertThat(result).isCompletedWithValue(QmpJson.object());
            owner.close();
            caller.close();
        } finally {
            member.getLifecycleService().terminate();
        }
    }

    @Test
    void aCommandDoesNotOvertakeTheOneThatIsBeingSentWhenTheNextOneExpires() {
        AtomicBoolean moves = new AtomicBoolean(true);
        List<String> sent = new CopyOnWriteArrayList<>();
        CountDownLatch first = new CountDownLatch(1);
        try (FleetThreads threads = new FleetThreads()) {
            MovingCommands moving = new MovingCommands(
                    machine -> moves.get(),
                    (machine, command) -> {
                        if (command.name().equals("first")) {
                            awaitUninterruptibly(first);
                        }
                        sent.add(command.name());
                        return CompletableFuture.completedFuture(QmpJson.object());
                    },
                    LONG,
                    threads);
            moving.execute("vm0", QmpCommand.of("first"), LONG);
            CompletableFuture<JsonNode> second = moving.execute("vm0", QmpCommand.of("second"), SHORT);
            moves.set(false);
            moving.moved("vm0");
            assertThat(second).failsWithin(LONG).withThrowableThat().withCauseInstanceOf(NotSentException.class);
            moving.execute("vm0", QmpCommand.of("third"), LONG);
            first.countDown();

            Awaitility.await().atMost(LONG).until(() -> sent.size() == 2);
            assertThat(sent).containsExactly("first", "third");
        }
    }

    /** Otherwise its caller would wait for ever, and so would all later commands to the machine. */
    @Test
    void aCommandThatFailsWhenItIsSentDoesNotHoldUpTheNextOne() {
        AtomicBoolean moves = new AtomicBoolean(true);
        Error failure = new InternalError("for a test");
        try (FleetThreads threads = new FleetThreads()) {
            MovingCommands moving = new MovingCommands(
                    machine -> moves.get(),
                    (machine, command) -> {
                        if (command.name().equals("first")) {
                            throw failure;
                        }
                        return CompletableFuture.completedFuture(QmpJson.object());
                    },
                    LONG,
                    threads);
            CompletableFuture<JsonNode> first = moving.execute("vm0", QmpCommand.of("first"), LONG);
            CompletableFuture<JsonNode> second = moving.execute("vm0", QmpCommand.of("second"), LONG);
            moves.set(false);
            moving.moved("vm0");
            assertThat(failureOf(first)).isSameAs(failure);
            assertThat(second).succeedsWithin(Duration.ofSeconds(30));
            Awaitility.await().until(() -> !moving.hasKept("vm0"));
        }
    }

    @Test
    void aCommandIsNotSentIfTheSystemHasNoThreadForIt() {
        ExecutorService none = mock(ExecutorService.class);
        willThrow(new InternalError("unable to create native thread"))
                .given(none)
                .execute(any());
        AtomicBoolean moves = new AtomicBoolean(true);
        List<String> sent = new CopyOnWriteArrayList<>();
        try (FleetThreads threads = spy(new FleetThreads())) {
            given(threads.callbacks()).willReturn(none);
            MovingCommands moving = new MovingCommands(
                    machine -> moves.get(),
                    (machine, command) -> {
                        sent.add(command.name());
                        return CompletableFuture.completedFuture(QmpJson.object());
                    },
                    LONG,
                    threads);
            assertThat(failureOf(moving.execute("vm0", QmpCommand.of("first"), LONG)))
                    .isInstanceOf(NotSentException.class)
                    .hasMessageContaining("the command could not wait for its machine: InternalError")
                    .hasCauseInstanceOf(InternalError.class);
            moves.set(false);
            assertThat(moving.hasKept("vm0")).isFalse();
            assertThat(moving.execute("vm0", QmpCommand.of("second"), LONG)).isCompleted();
            assertThat(sent).containsExactly("second");
        }
    }

    @Test
    void commandsThatCouldNotBeSentOnAreSentWithTheNextChange() {
        AtomicReference<Predicate<String>> moves = new AtomicReference<>(machine -> true);
        CountDownLatch failed = new CountDownLatch(1);
        try (FleetThreads threads = new FleetThreads()) {
            MovingCommands moving = new MovingCommands(
                    machine -> moves.get().test(machine),
                    (machine, command) -> CompletableFuture.completedFuture(QmpJson.object()),
                    LONG,
                    threads);
            CompletableFuture<JsonNode> kept = moving.execute("vm0", QmpCommand.of("stop"), LONG);
            moves.set(machine -> {
                failed.countDown();
                throw new IllegalStateException("for a test");
            });
            moving.moved("vm0");
            awaitUninterruptibly(failed);
            assertThat(kept).isNotDone();
            moves.set(machine -> false);
            moving.moved("vm0");
            assertThat(kept).succeedsWithin(Duration.ofSeconds(30));
        }
    }

    @Test
    void asManyCommandsWaitForAMachineAsInAClientByDefault() {
        int capacity = QmpClientOptions.DEFAULTS.queueCapacity();
        try (FleetThreads threads = new FleetThreads()) {
            MovingCommands moving =
                    new MovingCommands(machine -> true, (machine, command) -> new CompletableFuture<>(), LONG, threads);
            List<CompletableFuture<JsonNode>> waiting = Stream.generate(
                            () -> moving.execute("vm0", QmpCommand.of("waiting"), LONG))
                    .limit(capacity)
                    .toList();
            assertThat(waiting).noneMatch(CompletableFuture::isDone);
            assertThat(moving.execute("vm0", QmpCommand.of("refused"), LONG))
                    .failsWithin(LONG)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOfSatisfying(NotSentException.class, refused -> assertThat(refused.reason())
                            .isEqualTo(NotSentException.Reason.OVERLOAD));
            moving.close();
        }
    }

    /** An operator may request it while the next attempt is still to come. A release takes precedence. */
    @Test
    void aRestartStartsAClientThatIsHeldAndNoOther() throws Exception {
        QmpClient client = mock(QmpClient.class);
        FleetConnection machine = new FleetConnection(new Wanted("vm0", client, List.of(), LONG));
        try (FleetThreads threads = new FleetThreads()) {
            HandOvers handOvers = handOvers(mock(Placement.class), threads);
            for (Phase phase : Phase.values()) {
                threads.state()
                        .submit(() -> {
                            machine.phase(phase);
                            handOvers.restart(machine);
                        })
                        .get();
                boolean held = phase == Phase.HELD || phase == Phase.YIELDED;
                verify(client, times(held ? 1 : 0)).start();
                assertThat(machine.phase()).isEqualTo(held ? Phase.HELD : phase);
                clearInvocations(client);
            }
        }
    }

    /** It would keep the monitor from the owner. */
    @Test
    void aClientThatTheApplicationStartsItselfIsStoppedWhereTheMachineIsNotHeld() throws Exception {
        QmpClient client = mock(QmpClient.class);
        QmpClientStatus status = mock(QmpClientStatus.class);
        given(client.status()).willReturn(status);
        FleetConnection machine = new FleetConnection(new Wanted("vm0", client, List.of(), LONG));
        try (FleetThreads threads = new FleetThreads()) {
            HandOvers handOvers = handOvers(mock(Placement.class), threads);
            for (Runstate runstate : Runstate.values()) {
                for (boolean reconnecting : new boolean[] {false, true}) {
                    given(client.runstate()).willReturn(runstate);
                    given(status.reconnecting()).willReturn(reconnecting);
                    threads.state()
                            .submit(() -> handOvers.move(List.of(machine)))
                            .get();
                    boolean ends = runstate != Runstate.IDLE && runstate != Runstate.DISCONNECTING;
                    verify(client, times(ends || reconnecting ? 1 : 0)).disconnect();
                    clearInvocations(client);
                }
            }
        }
    }

    /** The cluster answers after the stop of the fleet. */
    @Test
    void aTurnThatOutlastsTheStopStartsNoClient() throws Exception {
        QmpClient client = mock(QmpClient.class);
        FleetConnection machine = new FleetConnection(new Wanted("vm0", client, List.of(), LONG));
        Placement placement = mock(Placement.class);
        Claims claims = mock(Claims.class);
        given(placement.isChosen(machine)).willReturn(true);
        given(placement.isOurs(machine)).willReturn(false, true);
        try (FleetThreads threads = new FleetThreads()) {
            given(claims.take(any(), any(), any())).willAnswer(call -> {
                threads.state().shutdown();
                return true;
            });
            HandOvers handOvers = handOvers(placement, claims, threads);
            threads.state().submit(() -> handOvers.move(List.of(machine))).get();
            verify(claims).take("vm0", "me", null);
            verify(client, never()).start();
        }
    }

    private static HandOvers handOvers(Placement placement, FleetThreads threads) {
        return handOvers(placement, mock(Claims.class), threads);
    }

    private static HandOvers handOvers(Placement placement, Claims claims, FleetThreads threads) {
        return new HandOvers(
                "me",
                placement,
                claims,
                mock(StateReports.class),
                threads,
                mock(Turns.class),
                LONG,
                connection -> null,
                connection -> {});
    }

    /** The fleet's thread can wait for the cluster, while the client's next attempt succeeds. */
    @Test
    void aSessionOutlivesTheNewsOfAnEarlierAttemptThatFailed() throws Exception {
        QmpClient client = mock(QmpClient.class);
        QmpClientStatus status = mock(QmpClientStatus.class);
        given(client.status()).willReturn(status);
        given(client.addRunstateListener(any())).willReturn(mock(Registration.class));
        FleetConnection machine = new FleetConnection(new Wanted("vm0", client, List.of(), LONG));
        Placement placement = mock(Placement.class);
        given(placement.isChosen(machine)).willReturn(true);
        given(placement.isOurs(machine)).willReturn(true);
        try (FleetThreads threads = new FleetThreads()) {
            HandOvers handOvers = handOvers(placement, threads);
            threads.state().submit(() -> handOvers.move(List.of(machine))).get();
            ArgumentCaptor<RunstateListener> listener = ArgumentCaptor.forClass(RunstateListener.class);
            verify(client).addRunstateListener(listener.capture());
            QmpConnectException silent = new QmpConnectException(HandshakePhase.GREETING, true, "no greeting", null);

            given(status.lastError()).willReturn(null); // there is a session meanwhile
            listener.getValue()
                    .runstateChanged(
                            new RunstateChange(Runstate.DISCONNECTING, Runstate.IDLE, silent, Instant.now(), null));
            threads.state().submit(() -> {}).get();
            assertThat(machine.phase()).isEqualTo(Phase.HELD);
            verify(client, never()).disconnect();

            given(status.lastError()).willReturn(silent);
            listener.getValue()
                    .runstateChanged(
                            new RunstateChange(Runstate.DISCONNECTING, Runstate.IDLE, silent, Instant.now(), null));
            threads.state().submit(() -> {}).get();
            assertThat(machine.phase()).isEqualTo(Phase.YIELDED);
            verify(client).disconnect();
        }
    }
}
