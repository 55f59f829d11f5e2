package dev.qmp.autoconfigure.fleet;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import ch.qos.logback.classic.Level;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.ConnectionOwnership.Wanted;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpOwnerChangedEvent;
import dev.qmp.testing.FreePort;
import dev.qmp.testing.LogRecorder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ApplicationContextException;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;

/**
 * An instance leaves while another one sends commands to it. A command has an unknown outcome only if it may have been
 * executed. The instances share one Hazelcast member, and the test decides when each sees what the other has done.
 */
@Timeout(60)
class DepartureTests {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofSeconds(55);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final QmpCommand QUERY =
            QmpCommand.of("query-name", Map.of("n", 1)).withTimeout(Duration.ofSeconds(10));

    private static HazelcastInstance member;

    private final String name = "fleet" + System.nanoTime();
    private final List<Node> nodes = new ArrayList<>();
    private final List<QmpServer> servers = new ArrayList<>();

    /** Receives the application events of all instances. */
    private Consumer<Object> listener = event -> {};

    @TempDir
    Path folder;

    /** An instance that holds the machine of its own label. */
    private record Node(SlowMember member, HazelcastFleet fleet, List<QmpClient> clients) {

        String id() {
            return fleet.instance();
        }

        CompletableFuture<Void> stop() {
            return CompletableFuture.runAsync(fleet::stop, task -> new Thread(task, "stop").start());
        }

        CompletableFuture<JsonNode> execute(String machine, QmpCommand command) {
            return fleet.execute(machine, command);
        }
    }

    @BeforeAll
    static void startMember() {
        String cluster = "departure-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        member = Hazelcast.newHazelcastInstance(FleetNode.config(cluster, List.of(FreePort.find())));
    }

    @AfterAll
    static void endMember() {
        member.getLifecycleService().terminate();
    }

    @AfterEach
    void close() {
        nodes.forEach(node -> node.member().release());
        servers.forEach(QmpServer::close);
        nodes.parallelStream().forEach(node -> node.fleet().stop());
        nodes.forEach(node -> node.clients().forEach(QmpClient::close));
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5));
    }

    private static Departure.Limits limits(Duration answers, Duration confirmations) {
        return new Departure.Limits(LONG, answers, confirmations, LONG);
    }

    /** {@return an instance that holds the machine, which only it reaches} */
    private Node start(String machine, Departure.Limits limits) {
        Node node = create(machine, limits);
        node.fleet().start();
        awaitHeld(node, machine);
        return node;
    }

    private Node create(String machine, Departure.Limits limits) {
        QmpServer server = QmpServer.builder(Endpoint.unix(folder.resolve(machine)))
                .handler("query-name", CommandHandler.returning(Map.of("name", machine)))
                .start();
        servers.add(server);
        QmpClient client = QmpClient.builder(server.endpoint())
                .name(machine)
                .disconnectTimeout(LONG)
                .build();
        QmpFleetProperties properties = new QmpFleetProperties();
        properties.setName(name);
        properties.setSettleTime(Duration.ZERO);
        properties.setCommandWait(SHORT);
        properties.setLabels(Set.of("of-" + machine));
        SlowMember slow = new SlowMember(member);
        HazelcastFleet fleet = new HazelcastFleet(slow.instance(), properties, listener::accept, limits);
        fleet.wanted(new Wanted(machine, client, List.of("of-" + machine), Duration.ofSeconds(60)));
        Node node = new Node(slow, fleet, List.of(client));
        nodes.add(node);
        return node;
    }

    private void awaitHeld(Node owner, String machine) {
        await().until(() -> nodes.stream()
                .filter(node -> node.fleet().isRunning())
                .allMatch(node -> node.fleet()
                        .machine(machine)
                        .filter(known -> owner.id().equals(known.owner()) && known.runstate() == Runstate.RUNNING)
                        .isPresent()));
    }

    private static void awaitDone(CompletableFuture<?> future) {
        await().until(future::isDone);
        future.join();
    }

    /** {@return a latch that ends the command "hang" of a machine} */
    private CountDownLatch hang(int server) {
        CountDownLatch answer = new CountDownLatch(1);
        servers.get(server)
                .handle("hang", CommandHandler.returning(Map.of("n", 1)).after(answer));
        return answer;
    }

    private void assertNotExecuted() {
        assertThat(servers).allSatisfy(server -> assertThat(server.received())
                .noneMatch(command ->
                        command.arguments() != null && command.arguments().has("n")));
    }

    // ------------------------------------------------------------------ a connection that is removed

    /** No other instance takes the claim of one that lives. */
    @Test
    void aRemovalThatFailsAtTheClusterIsRepeated() {
        Node owner = start("vm0", limits(LONG, LONG));
        Node other = start("vm1", limits(LONG, LONG));
        owner.member().failReplacement(name + ".fleet.owners");
        owner.clients().get(0).close();
        owner.fleet().removed("vm0", owner.clients().get(0));
        await().until(() -> other.fleet().machine("vm0").isEmpty());
        await().until(() -> !member.getMap(name + ".fleet.machines").containsKey("vm0"));
        assertThat(other.fleet().machine("vm1").orElseThrow().owner()).isEqualTo(other.id());
    }

    // ------------------------------------------------------------------ an owner that has left

    /** Without the notice, the request would be lost, because its receiver listens no more. */
    @Test
    void aCallerThatHasNotSeenTheReleaseSendsNothingToAnOwnerThatHasLeft() {
        Node owner = start("vm0", limits(LONG, LONG));
        Node caller = start("vm1", limits(LONG, LONG));
        caller.member().holdEvents();
        owner.fleet().stop();
        assertThat(caller.fleet().machine("vm0").orElseThrow().owner()).isEqualTo(owner.id());
        assertThat(failureOf(caller.execute("vm0", QUERY))).isInstanceOf(NotSentException.class);
        assertNotExecuted();
    }

    @Test
    void anOwnerListensUntilTheCallersHaveConfirmed() {
        Node owner = start("vm0", limits(LONG, LONG));
        Node caller = start("vm1", limits(LONG, LONG));
        caller.member().holdEvents();
        caller.member().holdMessages("leaving");
        CompletableFuture<Void> stop = owner.stop();
        await().until(() -> caller.member().heldMessages() == 1);
        for (int i = 0; i < 3; i++) {
            assertThat(failureOf(caller.execute("vm0", QUERY)))
                    .isInstanceOf(NotSentException.class)
                    .hasMessageContaining("the instance leaves the fleet, on instance " + owner.id());
        }
        assertThat(stop).isNotDone();
        caller.member().release();
        awaitDone(stop);
        assertNotExecuted();
    }

    @Test
    void anInstanceThatNeverConfirmsDoesNotHoldUpAStop() {
        Node owner = start("vm0", limits(LONG, SHORT));
        Node caller = start("vm1", limits(LONG, SHORT));
        caller.member().holdMessages("leaving");
        awaitDone(owner.stop());
        assertThat(owner.fleet().isRunning()).isFalse();
    }

    @Test
    void instancesThatLeaveTogetherDoNotWaitForEachOther() {
        Node owner = start("vm0", limits(LONG, LONG));
        Node caller = start("vm1", limits(LONG, LONG));
        caller.member().holdMessages("leaving");
        CompletableFuture<Void> stop = owner.stop();
        await().until(() -> caller.member().heldMessages() == 1);
        awaitDone(caller.stop());
        awaitDone(stop);
    }

    /** It was just being sent when the notice arrived, and is received before the confirmation. */
    @Test
    void aConfirmationFollowsTheLastRequest() throws InterruptedException {
        LeaveNotices notices = new LeaveNotices();
        List<String> sent = new CopyOnWriteArrayList<>();
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Thread sender = new Thread(() -> notices.send("owner", () -> {
            sending.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            sent.add("request");
        }));
        sender.start();
        sending.await();
        Thread note = new Thread(() -> {
            notices.noteLeft("owner");
            sent.add("confirmation");
        });
        note.start();
        await().until(() -> note.getState() == Thread.State.WAITING || note.getState() == Thread.State.TERMINATED);
        go.countDown();
        sender.join();
        note.join();
        assertThat(sent).containsExactly("request", "confirmation");
        assertThat(notices.send("owner", () -> sent.add("late"))).isFalse();
        assertThat(sent).doesNotContain("late");
    }

    // ------------------------------------------------------------------ answers

    @Test
    void aCommandUnderWayIsAnsweredAndALaterOneIsRefusedWhileItsOwnerDrains() {
        Node owner = start("vm0", limits(LONG, LONG));
        Node caller = start("vm1", limits(LONG, LONG));
        CountDownLatch answer = hang(0);
        CompletableFuture<JsonNode> pending = caller.execute("vm0", QmpCommand.of("hang"));
        await().until(() -> owner.clients().get(0).status().pending() == 1);
        CompletableFuture<Void> stop = owner.stop();
        await().until(() -> !owner.fleet().isHeldHere("vm0"));
        assertThat(failureOf(caller.execute("vm0", QUERY))).isInstanceOf(NotSentException.class);
        assertThat(pending).isNotDone();
        answer.countDown();
        awaitDone(stop);
        awaitDone(pending);
        assertNotExecuted();
    }

    @Test
    void anInstanceThatLeavesWaitsForTheAnswersToItsOwnCommands() {
        Node leaving = start("vm0", limits(LONG, LONG));
        Node owner = start("vm1", limits(LONG, LONG));
        CountDownLatch answer = hang(1);
        CompletableFuture<JsonNode> pending = leaving.execute("vm1", QmpCommand.of("hang"));
        await().until(() -> owner.clients().get(0).status().pending() == 1);
        CompletableFuture<Void> stop = leaving.stop();
        await().until(() -> owner.fleet().machine("vm0").orElseThrow().owner() == null);
        assertThat(stop).isNotDone();
        assertThat(pending).isNotDone();
        answer.countDown();
        awaitDone(stop);
        assertThat(pending.join()).isEqualTo(QmpJson.object().put("n", 1));
    }

    @Test
    void aStopDoesNotWaitForAnAnswerBeyondItsLimit() {
        Node leaving = start("vm0", limits(SHORT, LONG));
        Node owner = start("vm1", limits(SHORT, LONG));
        CountDownLatch answer = hang(1);
        CompletableFuture<JsonNode> pending = leaving.execute("vm1", QmpCommand.of("hang"));
        await().until(() -> owner.clients().get(0).status().pending() == 1);
        awaitDone(leaving.stop());
        assertThat(failureOf(pending))
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessageContaining("left the fleet before instance " + owner.id());
        answer.countDown();
    }

    /** It was taken before the stop began, so it may be executed, and its answer is sent before the notice. */
    @Test
    void aRequestThatWasTakenIsAnsweredBeforeAnInstanceLeaves() {
        try (FleetThreads threads = new FleetThreads()) {
            CompletableFuture<JsonNode> outcome = new CompletableFuture<>();
            List<String> executed = new CopyOnWriteArrayList<>();
            RemoteCommands owner = new RemoteCommands(
                    member,
                    name,
                    "owner",
                    (machine, command) -> {
                        executed.add(command.name());
                        return outcome;
                    },
                    threads);
            RemoteCommands caller = new RemoteCommands(member, name, "caller", (machine, command) -> null, threads);
            owner.open();
            caller.open();
            CompletableFuture<JsonNode> first = send(caller, "first");
            await().until(() -> executed.size() == 1);
            CompletableFuture<Void> finished = owner.finish();
            assertThat(failureOf(send(caller, "second"))).isInstanceOf(NotSentException.class);
            assertThat(finished).isNotDone();
            outcome.complete(QmpJson.object());
            awaitDone(finished);
            awaitDone(owner.announceLeaving(Set.of("caller")));
            awaitDone(first);
            assertThat(failureOf(send(caller, "third")))
                    .isInstanceOf(NotSentException.class)
                    .hasMessageContaining("has left the fleet");
            assertThat(executed).containsExactly("first");
            caller.end("this instance has ended");
            assertThat(failureOf(send(caller, "fourth")))
                    .isInstanceOf(NotSentException.class)
                    .hasMessageContaining("this instance has ended");
            owner.close();
            caller.close();
        }
    }

    private static CompletableFuture<JsonNode> send(RemoteCommands caller, String command) {
        return caller.execute("owner", "instance owner", "vm0", QmpCommand.of(command), LONG);
    }

    /** Nothing would end its wait after the stop. */
    @Test
    void aCommandThatWouldWaitAfterTheStopIsNotSent() {
        try (FleetThreads threads = new FleetThreads()) {
            MovingCommands moving =
                    new MovingCommands(machine -> true, (machine, command) -> new CompletableFuture<>(), LONG, threads);
            CompletableFuture<JsonNode> before = moving.execute("vm0", QUERY.withTimeout(LONG), LONG);
            moving.close();
            CompletableFuture<JsonNode> after = moving.execute("vm0", QUERY.withTimeout(LONG), LONG);
            assertThat(List.of(before, after)).allSatisfy(command -> assertThat(failureOf(command))
                    .isInstanceOf(NotSentException.class)
                    .hasMessageContaining("this instance has left the fleet"));
        }
    }

    /** The time without an owner counts anew after each owner. */
    @Test
    void aCommandWaitsEachTimeThatAMachineHasNoOwner() throws InterruptedException, ExecutionException {
        QmpClient client = mock(QmpClient.class);
        FleetConnection machine = new FleetConnection(new Wanted("vm0", client, List.of(), LONG));
        try (FleetThreads threads = new FleetThreads()) {
            CommandRouter router = new CommandRouter(
                    Map.of("vm0", machine),
                    mock(Claims.class),
                    mock(Instances.class),
                    instance -> true,
                    mock(RemoteCommands.class),
                    Duration.ofMillis(500),
                    threads);
            assertThat(failureOf(router.execute("vm0", QUERY))).hasMessageContaining("for 500 ms");
            assertThat(failureOf(router.execute("vm0", QUERY))).hasMessageContaining("no instance holds 'vm0' now");
            threads.state().submit(() -> machine.phase(Phase.HELD)).get();
            router.moved("vm0");
            threads.state().submit(() -> machine.phase(Phase.OFF)).get();
            assertThat(failureOf(router.execute("vm0", QUERY))).hasMessageContaining("for 500 ms");
        }
    }

    // ------------------------------------------------------------------ an owner that is gone

    /** A claim outlives its owner if no other instance reaches the machine. */
    @Test
    void aClaimOfAnInstanceThatIsGoneTakesNoCommand() {
        String described = UUID.randomUUID().toString();
        member.getMap(name + ".fleet.owners").put("vm8", described);
        member.getMap(name + ".fleet.owners").put("vm9", UUID.randomUUID().toString());
        member.getMap(name + ".fleet.instances")
                .put(described, new Instance(described, UUID.randomUUID(), "1@gone", Set.of(), "", false).write());
        Node caller = start("vm1", limits(LONG, LONG));
        for (String machine : List.of("vm8", "vm9")) {
            assertThat(failureOf(caller.execute(machine, QUERY))).isInstanceOf(NotSentException.class);
            assertThat(failureOf(caller.execute(machine, QUERY)))
                    .isInstanceOf(NotSentException.class)
                    .hasMessageContaining("which held it, is gone");
        }
    }

    /** The fleet's thread may wait for the cluster meanwhile. */
    @Test
    void anOwnerIsGoneAsSoonAsItsMemberIs() throws InterruptedException, ExecutionException {
        Instance owner = new Instance("owner", UUID.randomUUID(), "1@a", Set.of(), "", false);
        Instances instances = mock(Instances.class);
        given(instances.live()).willReturn(List.of(owner));
        given(instances.isMember(owner.member())).willReturn(true, false);
        Placement placement = new Placement(instances, mock(Claims.class), Duration.ZERO);
        try (FleetThreads threads = new FleetThreads()) {
            threads.state().submit(placement::look).get();
        }
        assertThat(placement.isLive("owner")).isTrue();
        assertThat(placement.isLive("owner")).isFalse();
    }

    /** It takes the machines of a lost instance at once, while another one is in the middle of a turn. */
    @Test
    void anOwnerThatHasJoinedSinceTheLastLookIsNotLost() throws InterruptedException, ExecutionException {
        Instance joined = new Instance("joined", UUID.randomUUID(), "1@a", Set.of(), "", false);
        Instances instances = mock(Instances.class);
        given(instances.isMember(joined.member())).willReturn(true);
        Claims claims = mock(Claims.class);
        given(claims.of("vm0")).willReturn(new Claims.Claim("joined", null));
        Placement placement = new Placement(instances, claims, Duration.ZERO);
        FleetConnection machine =
                new FleetConnection(new Wanted("vm0", mock(QmpClient.class), List.of(), Duration.ZERO));
        try (FleetThreads threads = new FleetThreads()) {
            threads.state().submit(placement::look).get();
        }
        assertThat(placement.lostOwner(machine)).isEqualTo("joined");
        given(instances.find("joined")).willReturn(joined);
        assertThat(placement.lostOwner(machine)).isNull();
        given(instances.isMember(joined.member())).willReturn(false);
        assertThat(placement.lostOwner(machine)).isEqualTo("joined");
    }

    // ------------------------------------------------------------------ starts

    @Test
    void aListenerThatFailsIsLoggedAndTheNextEventIsPublished() {
        List<String> taken = new CopyOnWriteArrayList<>();
        listener = event -> {
            taken.add(((QmpOwnerChangedEvent) event).getConnectionName());
            throw new InternalError("for a test");
        };
        try (LogRecorder log = LogRecorder.of("dev.qmp.autoconfigure.fleet.HazelcastFleet")) {
            Node node = start("vm0", limits(LONG, LONG));
            await().until(() -> taken.contains("vm0"));
            member.getMap(name + ".fleet.owners").put("vm9", node.id());
            await().until(() -> log.at(Level.ERROR).size() == 2);
            assertThat(taken).containsExactly("vm0", "vm9");
            assertThat(log.at(Level.ERROR)).containsOnly("A listener to QmpOwnerChangedEvent failed");
        }
    }

    /** As another version of the application could write it. */
    @Test
    void aMachineWithAMalformedClaimIsTakenAgain() {
        Node node = start("vm0", limits(LONG, LONG));
        Map<String, String> owners = member.getMap(name + ".fleet.owners");
        owners.put("vm0", "released:x:" + node.id());
        await().until(() -> node.id().equals(owners.get("vm0")));
        awaitHeld(node, "vm0");
        awaitDone(node.execute("vm0", QUERY));
    }

    /** The second start has an id of its own. With the first one's, its requests would count as repetitions. */
    @Test
    void anInstanceThatStartsAgainTakesAndSendsCommands() {
        Node one = start("vm0", limits(LONG, LONG));
        Node two = start("vm1", limits(LONG, LONG));
        String before = one.id();
        awaitDone(one.execute("vm1", QUERY));
        one.fleet().stop();
        one.fleet().start();
        awaitHeld(one, "vm0");
        assertThat(one.id()).isNotEqualTo(before);
        awaitDone(one.execute("vm1", QUERY));
        awaitDone(two.execute("vm0", QUERY));
    }

    /** A machine that is silent for longer than the limit of a stop. */
    @Test
    void anInstanceThatStartsAgainHoldsAMachineThatItCouldNotReleaseInTime() {
        Node node = start("vm0", new Departure.Limits(SHORT, SHORT, LONG, LONG));
        QmpClient client = node.clients().get(0);
        CountDownLatch answer = hang(0);
        CompletableFuture<JsonNode> pending = node.execute("vm0", QmpCommand.of("hang"));
        await().until(() -> client.status().pending() == 1);
        List<Runstate> runstates = new CopyOnWriteArrayList<>();
        client.addRunstateListener(change -> runstates.add(change.current()));
        node.fleet().stop();
        await().until(() -> client.runstate() == Runstate.DISCONNECTING);
        answer.countDown();
        awaitDone(pending);
        node.fleet().start();
        awaitHeld(node, "vm0");
        awaitDone(node.execute("vm0", QUERY));
        await().until(() -> runstates.size() == 4);
        assertThat(runstates)
                .containsExactly(Runstate.DISCONNECTING, Runstate.IDLE, Runstate.CONNECTING, Runstate.RUNNING);
    }

    /** As when the stop of the application is interrupted. */
    @Test
    void anInstanceThatStartsAgainAfterAnInterruptedStopHoldsItsMachines() {
        Node node = start("vm0", limits(LONG, LONG));
        CountDownLatch answer = hang(0);
        CompletableFuture<JsonNode> pending = node.execute("vm0", QmpCommand.of("hang"));
        await().until(() -> node.clients().get(0).status().pending() == 1);
        Thread.currentThread().interrupt();
        node.fleet().stop();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(node.fleet().isHeldHere("vm0")).isFalse();
        answer.countDown();
        awaitDone(pending);
        node.fleet().start();
        awaitHeld(node, "vm0");
        awaitDone(node.execute("vm0", QUERY));
    }

    @Test
    void anInstanceThatFailsToStartIsNoInstance() {
        Node node = create("vm0", limits(LONG, LONG));
        node.member().failAt(name + ".fleet.owners");
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> node.fleet().start())
                .withMessageContaining("the test lets");
        assertThat(node.fleet().isRunning()).isFalse();
        assertThat(member.getMap(name + ".fleet.instances").keySet()).isEmpty();
        node.fleet().start();
        awaitHeld(node, "vm0");
    }

    /** As a web server does whose port is in use: it starts after the fleet. */
    @Test
    void anApplicationThatFailsToStartHandsOverWhatItHolds() {
        Node caller = start("vm1", limits(LONG, LONG));
        Node owner = create("vm0", limits(LONG, LONG));
        CountDownLatch answer = hang(1);
        List<CompletableFuture<JsonNode>> pending = new ArrayList<>();
        try (GenericApplicationContext context = new GenericApplicationContext()) {
            context.registerBean("fleet", HazelcastFleet.class, owner::fleet);
            context.registerBean(
                    "late",
                    Late.class,
                    () -> new Late(() -> {
                        awaitHeld(owner, "vm0");
                        pending.add(caller.execute("vm0", QmpCommand.of("hang")));
                        await().until(() -> owner.clients().get(0).status().pending() == 1);
                        answer.countDown();
                    }));
            assertThatExceptionOfType(ApplicationContextException.class)
                    .isThrownBy(context::refresh)
                    .withStackTraceContaining("port in use");
        }
        assertThat(owner.fleet().isRunning()).isFalse();
        awaitDone(pending.get(0));
        await().until(() -> caller.fleet().machine("vm0").orElseThrow().owner() == null);
        assertThat(failureOf(caller.execute("vm0", QUERY))).isInstanceOf(NotSentException.class);
        assertNotExecuted();
    }

    /** A bean that starts after the fleet, and fails. */
    private static final class Late implements SmartLifecycle {

        private final Runnable task;

        Late(Runnable task) {
            this.task = task;
        }

        @Override
        public int getPhase() {
            return 2; // the fleet's is 1
        }

        @Override
        public void start() {
            task.run();
            throw new IllegalStateException("port in use");
        }

        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
            return false;
        }
    }

    @Test
    void onlyTheLastIdsAreRemembered() {
        RecentIds ids = new RecentIds(2);
        assertThat(ids.add("a")).isTrue();
        assertThat(ids.add("a")).isFalse();
        assertThat(ids.add("b")).isTrue();
        assertThat(ids.add("c")).isTrue();
        assertThat(ids.contains("a")).isFalse();
        assertThat(ids.contains("b")).isTrue();
        assertThat(ids.contains("c")).isTrue();
    }
}
