package dev.qmp.autoconfigure.fleet;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.ringbuffer.Ringbuffer;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import dev.qmp.autoconfigure.endpoint.ConnectionAction;
import dev.qmp.autoconfigure.endpoint.QmpEndpoint;
import dev.qmp.autoconfigure.endpoint.QmpEndpointWebExtension;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.ResultException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpFleetEvent;
import dev.qmp.spring.QmpFleetEventsLostEvent;
import dev.qmp.spring.QmpMachine;
import dev.qmp.spring.QmpOwnerChangedEvent;
import dev.qmp.testing.FreePort;
import dev.qmp.testing.ScriptedAgent;
import dev.qmp.testing.ScriptedServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import tools.jackson.databind.JsonNode;

/** Instances in one process share machines. */
@Timeout(120)
class FleetTests {

    /** The ids of instances are random: of so many machines, each of two instances holds some. */
    private static final int MACHINES = 20;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Map<String, QmpServer> servers = new LinkedHashMap<>();
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final List<FleetNode> nodes = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private final String cluster = "fleet-" + ProcessHandle.current().pid() + "-" + System.nanoTime();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        nodes.parallelStream().forEach(FleetNode::end);
        servers.values().forEach(QmpServer::close);
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(PATIENCE);
    }

    private void startMachines(int count) {
        for (int i = 0; i < count; i++) {
            String name = "vm" + i;
            Path socket = folder.resolve(name);
            servers.put(
                    name,
                    QmpServer.builder(Endpoint.unix(socket))
                            .handler("query-name", CommandHandler.returning(Map.of("name", name)))
                            .start());
            addresses.put(name, "unix:" + socket);
        }
    }

    private FleetNode node(Object... properties) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < properties.length; i += 2) {
            map.put((String) properties[i], properties[i + 1]);
        }
        return start(addresses, map);
    }

    private FleetNode start(Map<String, String> machines, Map<String, Object> properties) {
        ports.add(0, FreePort.find());
        FleetNode node = FleetNode.start(cluster, ports, machines, properties);
        ports.set(0, node.port()); // if another process has taken the free one meanwhile
        nodes.add(node);
        return node;
    }

    /** Each machine runs on exactly one node, and all nodes know where. */
    private void awaitSpread(FleetNode... among) {
        await().untilAsserted(() -> {
            Set<String> all = new TreeSet<>();
            int count = 0;
            for (FleetNode node : among) {
                all.addAll(node.running());
                count += node.running().size();
            }
            assertThat(all).isEqualTo(new TreeSet<>(addresses.keySet()));
            assertThat(count).isEqualTo(addresses.size());
            List<String> ids = Stream.of(among).map(FleetNode::id).toList();
            for (FleetNode node : among) {
                assertThat(node.running()).allSatisfy(name -> assertThat(Rendezvous.choose(name, ids))
                        .isEqualTo(node.id()));
                assertThat(node.fleet().machines().values())
                        .hasSize(addresses.size())
                        .allSatisfy(machine -> {
                            assertThat(machine.owner()).isEqualTo(Rendezvous.choose(machine.connection(), ids));
                            assertThat(machine.runstate()).isEqualTo(Runstate.RUNNING);
                        });
            }
        });
    }

    private static FleetNode ownerOf(String machine, FleetNode... among) {
        for (FleetNode node : among) {
            if (node.running().contains(machine)) {
                return node;
            }
        }
        throw new AssertionError("no node holds " + machine);
    }

    private static String heldBy(FleetNode node) {
        return node.running().iterator().next();
    }

    @Test
    void machinesAreSharedAndMoveOnlyWhenTheyMust() {
        startMachines(MACHINES);
        FleetNode one = node();
        awaitSpread(one);
        FleetNode two = node();
        awaitSpread(one, two);
        Set<String> heldByOne = one.running();
        assertThat(heldByOne).isNotEmpty().hasSizeLessThan(MACHINES);
        FleetNode three = node();
        awaitSpread(one, two, three);
        assertThat(heldByOne).as("the newcomer takes, the others exchange none").containsAll(one.running());
        Set<String> before = one.running();
        three.close();
        awaitSpread(one, two);
        assertThat(one.running()).containsAll(before);
        assertThat(one.running()).as("back where they were").isEqualTo(heldByOne);
    }

    @Test
    void aMachineIsReleasedBeforeItsNewOwnerConnects() {
        startMachines(MACHINES);
        FleetNode one = node();
        awaitSpread(one);
        FleetNode two = node();
        awaitSpread(one, two);
        String moved = heldBy(two);
        await().untilAsserted(() -> {
            for (FleetNode node : List.of(one, two)) {
                QmpOwnerChangedEvent change = node.events(QmpOwnerChangedEvent.class).stream()
                        .filter(event -> event.getConnectionName().equals(moved)
                                && event.getOwner().equals(two.id()))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("no event"));
                assertThat(change.isOwnedHere()).isEqualTo(node == two);
                if (node == one || change.getPreviousOwner() != null) {
                    assertThat(change.getPreviousOwner()).isEqualTo(one.id());
                    assertThat(change.getReleasedAt()).isNotNull();
                }
            }
        });
        assertThat(one.client(moved).runstate()).isEqualTo(Runstate.IDLE);
        assertThat(one.client(moved).status().lastError()).isNull();
        assertThat(two.client(moved).status().reconnectAttempts()).isZero();
    }

    @Test
    void aBlockingCommandIsRefusedOnAnEventLoop() {
        startMachines(2);
        FleetNode one = node();
        FleetNode two = node();
        awaitSpread(one, two);
        for (FleetNode node : List.of(one, two)) {
            CompletableFuture<Throwable> refusal = new CompletableFuture<>();
            try (QmpClient onLoop = QmpClient.builder("unix:/no/such/socket")
                    .callbackExecutor(Runnable::run)
                    .build()) {
                onLoop.addRunstateListener(change -> refusal.complete(catchThrowable(() -> {
                    assertThat(EventLoops.isEventLoop(Thread.currentThread())).isTrue();
                    node.fleet().blocking().execute("vm0", QmpCommand.of("query-name"));
                })));
                onLoop.connect();
                assertThat(refusal.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                                .join())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("event loop");
            }
        }
    }

    @Test
    void aCommandRunsWhereTheSessionIsAndKeepsItsOutcome() {
        startMachines(4);
        servers.values().forEach(server -> {
            server.handle("human-monitor-command", CommandHandler.rejecting("GenericError", "no such thing"));
            server.handle("echo", QmpCommand::arguments);
            server.handle("hang", CommandHandler.hanging());
        });
        FleetNode one =
                node("qmp.defaults.commands.deny", "quit", "qmp.defaults.commands.allow", "*,human-monitor-command");
        FleetNode two =
                node("qmp.defaults.commands.deny", "quit", "qmp.defaults.commands.allow", "*,human-monitor-command");
        awaitSpread(one, two);
        for (String machine : addresses.keySet()) {
            for (FleetNode caller : List.of(one, two)) {
                assertThat(caller.fleet()
                                .blocking()
                                .execute(machine, QmpCommand.of("query-name"))
                                .path("name")
                                .asString())
                        .isEqualTo(machine);
            }
        }
        FleetNode owner = ownerOf("vm0", one, two);
        FleetNode caller = owner == one ? two : one;
        assertThat(caller.client("vm0").runstate()).isEqualTo(Runstate.IDLE);
        Map<String, Object> arguments =
                Map.of("text", "ä\u0000\uD83D\uDE00", "huge", new java.math.BigDecimal("1e400"), "big", Long.MIN_VALUE);
        JsonNode echoed = caller.fleet().blocking().execute("vm0", QmpCommand.of("echo", arguments));
        assertThat(echoed).isEqualTo(QmpCommand.of("echo", arguments).arguments());
        record Name(String name) {}
        assertThat(caller.fleet()
                        .execute("vm0", QmpCommand.of("query-name"), Name.class)
                        .join())
                .isEqualTo(new Name("vm0"));
        TypedCommand<Name> typed = TypedCommand.of(QmpCommand.of("query-name"), Name.class);
        for (FleetNode node : List.of(owner, caller)) {
            assertThat(node.fleet().execute("vm0", typed).join()).isEqualTo(new Name("vm0"));
            assertThat(node.fleet().blocking().execute("vm0", typed)).isEqualTo(new Name("vm0"));
        }
        TypedCommand<Integer> broken = TypedCommand.of(QmpCommand.of("query-name"), result -> {
            throw new IllegalStateException("on purpose");
        });
        assertThat(failureOf(caller.fleet().execute("vm0", broken))).isInstanceOf(ResultException.class);
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> caller.fleet().blocking().execute("vm0", QmpCommand.of("human-monitor-command")))
                .satisfies(failure -> assertThat(failure.description()).isEqualTo("no such thing"));
        assertThat(failureOf(caller.fleet().execute("vm0", QmpCommand.of("quit"))))
                .isInstanceOf(CommandRefusedException.class);
        assertThat(failureOf(caller.fleet().execute("vm0", QmpCommand.of("hang").withTimeout(Duration.ofSeconds(2)))))
                .isInstanceOf(CommandTimeoutException.class);
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> caller.fleet().execute("vm99", QmpCommand.of("query-name")));
        assertThat(servers.get("vm0").received())
                .extracting(QmpCommand::name)
                .doesNotContain("quit")
                .filteredOn("echo"::equals)
                .hasSize(1);
    }

    @Test
    void aCancelledCommandIsWithdrawnByTheOwner() {
        startMachines(1);
        CountDownLatch answer = new CountDownLatch(1);
        servers.get("vm0").handle("slow", CommandHandler.returning(Map.of()).after(answer));
        FleetNode one = node("qmp.defaults.max-in-flight", 1);
        FleetNode two = node("qmp.defaults.max-in-flight", 1);
        awaitSpread(one, two);
        FleetNode owner = ownerOf("vm0", one, two);
        FleetNode caller = owner == one ? two : one;
        CompletableFuture<JsonNode> slow = caller.fleet().execute("vm0", QmpCommand.of("slow"));
        await().untilAsserted(() -> {
            assertThat(slow).isNotDone();
            assertThat(owner.client("vm0").status().pending()).isEqualTo(1);
        });
        CompletableFuture<JsonNode> queued = caller.fleet().execute("vm0", QmpCommand.of("stop"));
        await().until(() -> owner.client("vm0").status().queued() == 1);
        queued.cancel(false);
        await().until(() -> owner.client("vm0").status().queued() == 0);
        answer.countDown();
        assertThat(slow.join()).isEqualTo(QmpJson.object());
        assertThat(servers.get("vm0").received()).extracting(QmpCommand::name).doesNotContain("stop");
    }

    @Test
    void aLostOwnerMakesTheOutcomeUnknownAndAnotherTakesOver() {
        startMachines(MACHINES);
        CountDownLatch answer = new CountDownLatch(1);
        servers.values()
                .forEach(server ->
                        server.handle("hang", CommandHandler.returning(Map.of()).after(answer)));
        FleetNode one = node();
        FleetNode two = node();
        awaitSpread(one, two);
        String machine = heldBy(two);
        CompletableFuture<JsonNode> pending = one.fleet().execute(machine, QmpCommand.of("hang"));
        await().until(() -> two.client(machine).status().pending() == 1);
        two.crash();
        assertThat(failureOf(pending))
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessageContaining(two.id());
        answer.countDown(); // a machine that executes a command answers no other one
        awaitSpread(one);
        assertThat(two.running()).isEmpty();
        await().untilAsserted(() -> assertThat(one.events(QmpOwnerChangedEvent.class))
                .filteredOn(event -> event.getConnectionName().equals(machine))
                .last()
                .satisfies(event -> {
                    assertThat(event.getOwner()).isEqualTo(one.id());
                    assertThat(event.getPreviousOwner()).isEqualTo(two.id());
                    assertThat(event.getReleasedAt()).isNull();
                }));
    }

    @Test
    void eventsComeToTheOwnerAloneUnlessTheyAreShared() {
        startMachines(2);
        FleetNode one = node("qmp.fleet.share-events", true);
        FleetNode two = node("qmp.fleet.share-events", true);
        awaitSpread(one, two);
        FleetNode owner = ownerOf("vm0", one, two);
        FleetNode other = owner == one ? two : one;
        servers.get("vm0").emit(QmpEvent.of("STOP", Map.of("reason", "test")));
        await().untilAsserted(() -> {
            for (FleetNode node : List.of(one, two)) {
                assertThat(node.events(QmpFleetEvent.class)).singleElement().satisfies(shared -> {
                    assertThat(shared.getConnectionName()).isEqualTo("vm0");
                    assertThat(shared.getOwner()).isEqualTo(owner.id());
                    assertThat(shared.getEvent().name()).isEqualTo("STOP");
                    assertThat(shared.getEvent().data().path("reason").asString())
                            .isEqualTo("test");
                    assertThat(shared.getEvent().timestamp()).isNotNull();
                });
            }
        });
        await().untilAsserted(() ->
                assertThat(owner.events(QmpEventReceivedEvent.class)).hasSize(1));
        assertThat(other.events(QmpEventReceivedEvent.class)).isEmpty();
    }

    @Test
    void aLabelLimitsAConnectionToTheInstancesThatReachIt() {
        startMachines(6);
        Object[] labelled = {"qmp.defaults.reachable-from", "host-a", "qmp.fleet.labels", "host-a"};
        FleetNode one = node(labelled);
        FleetNode two = node("qmp.defaults.reachable-from", "host-a", "qmp.fleet.labels", "host-b");
        awaitSpread(one);
        await().until(() -> two.fleet().machines().size() == 6);
        assertThat(two.fleet()
                        .blocking()
                        .execute("vm1", QmpCommand.of("query-name"))
                        .path("name")
                        .asString())
                .isEqualTo("vm1");
        one.close();
        await().untilAsserted(() ->
                assertThat(two.fleet().machine("vm1").orElseThrow().owner()).isNull());
        assertThat(two.running()).isEmpty();
        assertThat(failureOf(two.fleet().execute("vm1", QmpCommand.of("query-name"))))
                .isInstanceOf(NotSentException.class);
    }

    @Test
    void aConnectionThatOnlyOneInstanceKnowsIsHeldByThatOne() {
        startMachines(8);
        Map<String, String> all = new LinkedHashMap<>(addresses);
        addresses.keySet().retainAll(Set.of("vm0", "vm1"));
        FleetNode one = node();
        addresses.putAll(all);
        FleetNode two = node();
        await().until(() -> one.running().size() + two.running().size() == 8
                && one.fleet().machines().size() == 8);
        assertThat(two.running()).contains("vm2", "vm3", "vm4", "vm5", "vm6", "vm7");
        await().untilAsserted(() -> assertThat(one.fleet()
                        .execute("vm7", QmpCommand.of("query-name"))
                        .join()
                        .path("name")
                        .asString())
                .isEqualTo("vm7"));
    }

    @Test
    void theStateOfEachMachineIsKnownEverywhere() {
        startMachines(2);
        FleetNode one = node();
        FleetNode two = node();
        awaitSpread(one, two);
        FleetNode owner = ownerOf("vm1", one, two);
        FleetNode other = owner == one ? two : one;
        servers.remove("vm1").close();
        await().untilAsserted(() -> {
            QmpMachine machine = other.fleet().machine("vm1").orElseThrow();
            assertThat(machine.owner()).isEqualTo(owner.id());
            assertThat(machine.host()).contains("@");
            assertThat(machine.runstate()).isNotEqualTo(Runstate.RUNNING);
            assertThat(machine.qemuVersion()).isEqualTo("7.2.22");
            assertThat(machine.lastError()).isNotNull();
        });
    }

    /** The ring's partition moves then, and Hazelcast repeats what it refuses meanwhile. */
    @Test
    void sharedEventsComeInOrderWhileAnInstanceJoinsAndLeaves() {
        startMachines(6);
        FleetNode one = node("qmp.fleet.share-events", true);
        FleetNode two = node("qmp.fleet.share-events", true);
        awaitSpread(one, two);
        ScheduledExecutorService machines = Executors.newSingleThreadScheduledExecutor();
        try {
            AtomicInteger emitted = new AtomicInteger();
            machines.scheduleAtFixedRate(
                    () -> {
                        QmpEvent event = QmpEvent.of("STOP", Map.of("n", emitted.getAndIncrement()));
                        servers.values().forEach(server -> server.emit(event));
                    },
                    0,
                    4,
                    TimeUnit.MILLISECONDS);
            for (int i = 0; i < 2; i++) {
                FleetNode three = node("qmp.fleet.share-events", true);
                awaitSpread(one, two, three);
                three.close();
                awaitSpread(one, two);
            }
            int last = emitted.get();
            await().until(() -> numbers(one).values().stream().allMatch(list -> list.get(list.size() - 1) >= last));
        } finally {
            machines.shutdownNow();
        }
        assertThat(numbers(one).values())
                .allSatisfy(list -> assertThat(list).isSorted().doesNotHaveDuplicates());
        assertThat(one.events(QmpFleetEventsLostEvent.class)).isEmpty();
    }

    /** {@return the numbers of events that a node has received from the last owner of each machine} */
    private static Map<String, List<Integer>> numbers(FleetNode node) {
        Map<String, String> owners = new TreeMap<>();
        node.fleet().machines().values().forEach(machine -> owners.put(machine.connection(), machine.owner()));
        Map<String, List<Integer>> numbers = new TreeMap<>();
        owners.keySet().forEach(machine -> numbers.put(machine, new ArrayList<>(List.of(-1))));
        node.events(QmpFleetEvent.class).stream()
                .filter(event -> event.getOwner().equals(owners.get(event.getConnectionName())))
                .forEach(event -> numbers.get(event.getConnectionName())
                        .add(event.getEvent().data().path("n").asInt()));
        return numbers;
    }

    /** An observer of all events can see how many of them it has not received. */
    @Test
    void eventsThatTheRingHasOverwrittenAreCounted() {
        int count = 800; // fewer than the owner keeps, so that all are lost in the ring, if any
        startMachines(1);
        FleetNode one = node("qmp.fleet.share-events", true, "test.ring", 10);
        FleetNode two = node("qmp.fleet.share-events", true, "test.ring", 10);
        awaitSpread(one, two);
        for (int i = 0; i < count; i++) {
            servers.get("vm0").emit(QmpEvent.of("STOP"));
        }
        for (FleetNode node : List.of(one, two)) {
            await().until(() -> node.events(QmpFleetEvent.class).size() + lostOn(node) == count);
        }
    }

    private static long lostOn(FleetNode node) {
        return node.events(QmpFleetEventsLostEvent.class).stream()
                .mapToLong(QmpFleetEventsLostEvent::getLost)
                .sum();
    }

    @Test
    void eventsThatAreNotSharedTravelToNoInstance() {
        startMachines(1);
        FleetNode one = node();
        FleetNode two = node();
        awaitSpread(one, two);
        FleetNode owner = ownerOf("vm0", one, two);
        FleetNode other = owner == one ? two : one;
        servers.get("vm0").emit(QmpEvent.of("STOP"));
        await().until(() -> owner.events(QmpEventReceivedEvent.class).size() == 1);
        Ringbuffer<?> shared = owner.hazelcast().getRingbuffer("_hz_rb_qmp.fleet.events");
        await().during(Duration.ofSeconds(1)).until(() -> shared.tailSequence() == -1);
        assertThat(other.events()).allMatch(QmpOwnerChangedEvent.class::isInstance);
        assertThat(owner.events(QmpFleetEvent.class)).isEmpty();
    }

    @Test
    void aMachineThatAnotherClientHoldsIsReportedAsSuch() {
        startMachines(1);
        Object[] hasty = {"qmp.defaults.handshake-timeout", "500ms", "qmp.fleet.retry-held", "300ms"};
        FleetNode one;
        FleetNode two;
        try (QmpClient stranger = QmpClient.builder(addresses.get("vm0")).build()) {
            stranger.blocking().connect();
            one = node(hasty);
            two = node(hasty);
            for (FleetNode node : List.of(one, two)) {
                await().until(() -> node.fleet()
                        .machine("vm0")
                        .map(QmpMachine::heldByAnother)
                        .orElse(false));
            }
            assertThat(one.running()).isEmpty();
            assertThat(two.running()).isEmpty();
        }
        awaitSpread(one, two);
        for (FleetNode node : List.of(one, two)) {
            assertThat(node.fleet().machine("vm0").orElseThrow().heldByAnother())
                    .isFalse();
        }
    }

    @Test
    void asManyCommandsOfAMachineWaitAsThereArePlaces() {
        startMachines(2);
        FleetNode caller = node("qmp.defaults.reachable-from", "host-a", "qmp.fleet.command-wait", "60s");
        await().until(() -> caller.fleet().machines().size() == 2);
        List<CompletableFuture<JsonNode>> waiting = new ArrayList<>();
        for (int i = 0; i < 1024; i++) {
            waiting.add(caller.fleet().execute("vm0", QmpCommand.of("query-name")));
        }
        assertThat(failureOf(caller.fleet().execute("vm0", QmpCommand.of("query-name"))))
                .isInstanceOfSatisfying(NotSentException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(NotSentException.Reason.OVERLOAD));
        waiting.add(caller.fleet().execute("vm1", QmpCommand.of("query-name")));
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        FleetNode owner = node("qmp.defaults.reachable-from", "host-a", "qmp.fleet.labels", "host-a");
        awaitSpread(owner);
        assertThat(waiting).allSatisfy(command -> assertThat(command).succeedsWithin(PATIENCE));
    }

    /** The period without a listener is named on every instance; what follows it reaches the new owner alone. */
    @Test
    void aChangeOfOwnerStatesSinceWhenEventsMayHaveBeenMissed() {
        startMachines(MACHINES);
        FleetNode one = node();
        FleetNode two = node();
        awaitSpread(one, two);
        String machine = heldBy(one);
        servers.get(machine).emit(QmpEvent.of("STOP"));
        await().untilAsserted(() ->
                assertThat(one.events(QmpEventReceivedEvent.class)).hasSize(1));
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        String previous = one.id();
        one.close();
        awaitSpread(two);
        await().untilAsserted(() -> assertThat(two.events(QmpOwnerChangedEvent.class))
                .filteredOn(event -> event.getConnectionName().equals(machine))
                .last()
                .satisfies(event -> {
                    assertThat(event.getPreviousOwner()).isEqualTo(previous);
                    assertThat(event.isOwnedHere()).isTrue();
                    assertThat(event.getReleasedAt()).isBetween(before, Instant.now());
                }));
        servers.get(machine).emit(QmpEvent.of("RESUME"));
        await().untilAsserted(() -> assertThat(two.events(QmpEventReceivedEvent.class))
                .singleElement()
                .satisfies(event -> assertThat(event.getEvent().name()).isEqualTo("RESUME")));
    }

    @Test
    void endpointAndHealthOfAnInstanceThatDoesNotHoldAMachine() {
        startMachines(MACHINES);
        FleetNode one = node();
        FleetNode two = node();
        awaitSpread(one, two);
        String machine = heldBy(one);
        for (FleetNode node : List.of(one, two)) {
            QmpEndpoint.ConnectionDescriptor connection =
                    node.bean(QmpEndpoint.class).connection(machine);
            assertThat(connection).isNotNull();
            assertThat(connection.runstate()).isEqualTo(node == one ? Runstate.RUNNING : Runstate.IDLE);
            assertThat(connection.machine()).isNotNull();
            assertThat(connection.machine().owner()).isEqualTo(one.id());
            assertThat(connection.machine().host()).contains("@");
            assertThat(connection.machine().heldHere()).isEqualTo(node == one);
            assertThat(connection.machine().runstate()).isEqualTo(Runstate.RUNNING);
            assertThat(connection.machine().qemuVersion()).isEqualTo("7.2.22");
            Map<String, Status> health = new TreeMap<>();
            node.bean(CompositeHealthContributor.class).stream()
                    .forEach(entry -> health.put(
                            entry.name(),
                            ((HealthIndicator) entry.contributor()).health().getStatus()));
            assertThat(health).containsOnlyKeys(addresses.keySet());
            assertThat(health).allSatisfy((name, status) -> assertThat(status)
                    .isEqualTo(node.running().contains(name) ? Status.UP : Status.UNKNOWN));
        }
    }

    /** The application connects it, as without a fleet. */
    @Test
    void aConnectionThatTakesNoPartHasTheHealthOfItsClient() {
        startMachines(1);
        FleetNode node = node("qmp.connection.vm0.auto-startup", false);
        assertThat(node.fleet().machine("vm0")).isEmpty();
        assertThat(healthOf(node, "vm0")).isEqualTo(Status.UNKNOWN);
        node.client("vm0").start();
        await().until(() -> node.running().contains("vm0"));
        assertThat(healthOf(node, "vm0")).isEqualTo(Status.UP);
        servers.get("vm0").close();
        await().until(() -> healthOf(node, "vm0").equals(Status.DOWN));
    }

    private static Status healthOf(FleetNode node, String machine) {
        HealthIndicator health =
                (HealthIndicator) node.bean(CompositeHealthContributor.class).getContributor(machine);
        return health.health().getStatus();
    }

    /** The client of another instance would be a second one at the monitor. */
    @Test
    void theEndpointControlsAMachineOnItsOwnerAlone() {
        startMachines(2);
        FleetNode one = node();
        FleetNode two = node();
        awaitSpread(one, two);
        FleetNode owner = ownerOf("vm0", one, two);
        FleetNode other = owner == one ? two : one;
        for (ConnectionAction action : ConnectionAction.values()) {
            assertThatExceptionOfType(InvalidEndpointRequestException.class)
                    .isThrownBy(() -> other.bean(QmpEndpoint.class).control("vm0", action))
                    .withMessageContaining("is held by instance " + owner.id());
            WebEndpointResponse<?> answer = new QmpEndpointWebExtension(
                            other.bean(QmpEndpoint.class), Show.NEVER, Set.of())
                    .control(SecurityContext.NONE, "vm0", action);
            assertThat(answer.getStatus()).isEqualTo(400);
            assertThat(answer.getBody()).asString().contains("is held by instance " + owner.id());
        }
        assertThat(other.client("vm0").runstate()).isEqualTo(Runstate.IDLE);
        assertThat(owner.bean(QmpEndpoint.class).control("vm0", ConnectionAction.START))
                .isNotNull();
    }

    /** Its drain ends when the machine has another owner. A start then would take the machine from that one. */
    @Test
    void aReconnectStartsNoClientOfAMachineThatIsReleasedMeanwhile() {
        startMachines(MACHINES);
        CountDownLatch answer = new CountDownLatch(1);
        FleetNode one = node("qmp.defaults.disconnect-timeout", "60s");
        awaitSpread(one);
        Map<String, List<Runstate>> runstates = new TreeMap<>();
        servers.forEach((machine, server) -> {
            server.handle("hang", CommandHandler.returning(Map.of()).after(answer));
            QmpClient client = one.client(machine);
            client.execute(QmpCommand.of("hang"));
            await().until(() -> client.status().pending() == 1);
            runstates.put(machine, new CopyOnWriteArrayList<>());
            client.addRunstateListener(change -> runstates.get(machine).add(change.current()));
            one.bean(QmpEndpoint.class).control(machine, ConnectionAction.RECONNECT);
        });
        FleetNode two = node();
        List<String> ids = List.of(one.id(), two.id());
        await().until(() -> addresses.keySet().stream()
                .allMatch(machine -> one.fleet().isHeldHere(machine)
                        == Rendezvous.choose(machine, ids).equals(one.id())));
        answer.countDown();
        awaitSpread(one, two);
        await().untilAsserted(() -> runstates.forEach((machine, changes) -> {
            if (two.running().contains(machine)) {
                assertThat(changes).containsExactly(Runstate.DISCONNECTING, Runstate.IDLE);
            } else {
                assertThat(changes)
                        .containsExactly(Runstate.DISCONNECTING, Runstate.IDLE, Runstate.CONNECTING, Runstate.RUNNING);
            }
        }));
    }

    /** They were sent to no instance while they waited. So each is executed once, in order. */
    @Test
    void commandsWaitForTheNewOwnerOfAMachine() {
        startMachines(1);
        FleetNode caller = node("qmp.defaults.reachable-from", "host-a", "qmp.fleet.command-wait", "60s");
        await().until(() -> caller.fleet().machine("vm0").isPresent());
        List<CompletableFuture<JsonNode>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(caller.fleet().execute("vm0", QmpCommand.of("query-name", Map.of("n", i))));
        }
        waiting.remove(5).cancel(false);
        CompletableFuture<JsonNode> late =
                caller.fleet().execute("vm0", QmpCommand.of("stop").withTimeout(Duration.ofMillis(50)));
        assertThat(failureOf(late))
                .isInstanceOfSatisfying(NotSentException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(NotSentException.Reason.TIMED_OUT));
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        FleetNode owner = node("qmp.defaults.reachable-from", "host-a", "qmp.fleet.labels", "host-a");
        awaitSpread(owner);
        assertThat(waiting).allSatisfy(command -> assertThat(command.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .join())
                .isEqualTo(QmpJson.object().put("name", "vm0")));
        assertThat(servers.get("vm0").received())
                .filteredOn(command ->
                        command.arguments() != null && command.arguments().has("n"))
                .extracting(command -> command.arguments().path("n").asInt())
                .hasSize(19)
                .isSorted()
                .doesNotContain(5);
        assertThat(servers.get("vm0").received()).extracting(QmpCommand::name).doesNotContain("stop");
    }

    /** An instance that stops hands over its machines. Only what was under way to it can be refused. */
    @Test
    void aCallerWaitsWhileAMachineMoves() throws Exception {
        startMachines(4);
        FleetNode one = node();
        FleetNode two = node();
        awaitSpread(one, two);
        String old = one.id();
        Thread stop = new Thread(one::close);
        stop.start();
        Map<String, Integer> failures = new TreeMap<>();
        while (stop.isAlive() || two.running().size() < addresses.size()) {
            for (String machine : addresses.keySet()) {
                CompletableFuture<JsonNode> command = two.fleet().execute(machine, QmpCommand.of("query-name"));
                await().until(command::isDone);
                if (command.isCompletedExceptionally()) {
                    failures.merge(failureOf(command).getMessage(), 1, Integer::sum);
                }
            }
        }
        stop.join();
        assertThat(failures)
                .allSatisfy((message, count) ->
                        assertThat(message).contains("was not sent").contains(old));
    }

    /** An agent serves one client, too; it neither greets nor negotiates, and has commands without a reply. */
    @Test
    void aGuestAgentIsHeldByOneInstanceAndReachedFromAll() {
        ScriptedAgent agent = new ScriptedAgent(true);
        try (ScriptedServer server = ScriptedServer.start()) {
            server.playWithEach(agent);
            addresses.put("agent", server.endpoint().toString());
            FleetNode one = node("qmp.connection.agent.protocol", "guest-agent");
            FleetNode two = node("qmp.connection.agent.protocol", "guest-agent");
            awaitSpread(one, two);
            FleetNode owner = ownerOf("agent", one, two);
            FleetNode other = owner == one ? two : one;
            for (FleetNode node : List.of(owner, other)) {
                assertThat(node.fleet()
                                .blocking()
                                .execute("agent", QmpCommand.of("guest-info"))
                                .path("of")
                                .asString())
                        .isEqualTo("guest-info");
            }
            assertThat(other.fleet()
                            .execute("agent", QmpCommand.of("guest-shutdown").withoutReply())
                            .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .join())
                    .isNotNull();
            await().untilAsserted(() ->
                    assertThat(executedBy(agent)).containsExactly("guest-info", "guest-info", "guest-shutdown"));
            owner.close();
            awaitSpread(other);
            other.fleet().blocking().execute("agent", QmpCommand.of("guest-get-time"));
            assertThat(executedBy(agent)).endsWith("guest-get-time").hasSize(4);
        }
    }

    /** {@return what an agent has executed, without the pings of health} */
    private static List<String> executedBy(ScriptedAgent agent) {
        return agent.executed().stream()
                .filter(command -> !command.equals("guest-ping"))
                .toList();
    }

    /** A client of a server cluster does not see members come and go. */
    @Test
    void aHazelcastClientIsRefused() {
        HazelcastInstance client = mock(HazelcastInstance.class);
        given(client.getLocalEndpoint()).willReturn(mock(com.hazelcast.cluster.Endpoint.class));
        assertThatExceptionOfType(InvalidQmpPropertyException.class)
                .isThrownBy(() -> FleetChecks.check(client, new QmpFleetProperties()))
                .withMessageContaining("the Hazelcast instance is a client");
    }

    @Test
    void instancesTakePartAsLiteMembersOfAServerCluster() {
        startMachines(6);
        ports.add(FreePort.find());
        HazelcastInstance server = Hazelcast.newHazelcastInstance(FleetNode.config(cluster, ports));
        try {
            FleetNode one = node("test.lite", true);
            FleetNode two = node("test.lite", true);
            awaitSpread(one, two);
            for (String machine : addresses.keySet()) {
                assertThat(one.fleet()
                                .blocking()
                                .execute(machine, QmpCommand.of("query-name"))
                                .path("name")
                                .asString())
                        .isEqualTo(machine);
            }
            one.crash();
            awaitSpread(two);
        } finally {
            nodes.parallelStream().forEach(FleetNode::end);
            server.getLifecycleService().terminate();
        }
    }

    /** Without the wait, the first of them would take all machines, and hand most of them over again. */
    @Test
    void instancesThatStartTogetherMoveEachMachineOnce() throws InterruptedException {
        startMachines(MACHINES);
        CountDownLatch together = new CountDownLatch(1);
        List<CompletableFuture<FleetNode>> starts = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                ports.add(0, FreePort.find());
                List<Integer> own = List.copyOf(ports);
                FleetNode.Gate gate = new FleetNode.Gate(together);
                starts.add(CompletableFuture.supplyAsync(
                        () -> FleetNode.start(cluster, own, addresses, Map.of("qmp.fleet.settle-time", "5s"), gate),
                        task -> new Thread(task, "start").start()));
                assertThat(gate.awaitArrival(PATIENCE)).isTrue();
            }
        } finally {
            together.countDown();
            starts.forEach(start -> nodes.add(
                    start.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join()));
        }
        awaitSpread(nodes.toArray(FleetNode[]::new));
        for (FleetNode node : nodes) {
            await().untilAsserted(() -> assertThat(node.events(QmpOwnerChangedEvent.class))
                    .extracting(QmpOwnerChangedEvent::getConnectionName)
                    .containsExactlyInAnyOrderElementsOf(addresses.keySet()));
            assertThat(node.events(QmpOwnerChangedEvent.class))
                    .allSatisfy(event -> assertThat(event.getPreviousOwner()).isNull());
        }
    }

    /** As after a split: of two claims of a machine, the merge keeps that of the half that has no session. */
    @Test
    void aClaimThatIsLostInAMergeEndsNoSession() {
        startMachines(MACHINES);
        FleetNode one = node("qmp.fleet.settle-time", "2s");
        FleetNode two = node("qmp.fleet.settle-time", "2s");
        awaitSpread(one, two);
        Set<String> held = one.running();
        List<RunstateChange> changes = new CopyOnWriteArrayList<>();
        held.forEach(machine -> one.client(machine).addRunstateListener(changes::add));
        start(Map.of(), Map.of());
        Map<String, String> claims = one.hazelcast().getMap("qmp.fleet.owners");
        held.forEach(machine -> claims.put(machine, two.id()));
        await().untilAsserted(() -> assertThat(held)
                .allSatisfy(machine -> assertThat(claims.get(machine)).isEqualTo(one.id())));
        assertThat(changes).isEmpty();
        assertThat(one.running()).isEqualTo(held);
    }
}
