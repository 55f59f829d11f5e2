package dev.qmp.autoconfigure.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.autoconfigure.observation.QmpObservationAutoConfiguration;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventListener;
import dev.qmp.spring.QmpListenerFailures;
import dev.qmp.spring.observation.DefaultQmpCommandObservationConvention;
import dev.qmp.task.TaskSource;
import dev.qmp.testing.ScriptedServer;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

class QmpMetricsTests {

    private static final Set<String> TIMERS = Set.of("qmp.commands", "qmp.tasks");

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    QmpAutoConfiguration.class,
                    QmpMetricsAutoConfiguration.class,
                    QmpObservationAutoConfiguration.class,
                    MetricsAutoConfiguration.class,
                    CompositeMeterRegistryAutoConfiguration.class,
                    ObservationAutoConfiguration.class,
                    SimpleMetricsExportAutoConfiguration.class))
            .withPropertyValues(
                    "qmp.connection.vm1.address=" + monitor.address(), "qmp.connection.vm1.disconnect-timeout=100ms");

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void theStateIsOneForTheRunstateAndZeroForTheOthers() {
        runner.run(context -> {
            running(context);
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            assertThat(state(meters, "running")).isOne();
            assertThat(state(meters, "idle")).isZero();
            assertThat(state(meters, "connecting")).isZero();
            assertThat(state(meters, "disconnecting")).isZero();
        });
    }

    @Test
    void commandsAreGaugedWhileTheyWaitAndTimedWhenTheyAreDone() {
        CountDownLatch gate = new CountDownLatch(1);
        monitor.server().handle("slow", command -> {
            gate.await();
            return JsonNodeFactory.instance.objectNode();
        });
        runner.run(context -> {
            QmpClient client = running(context);
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            List<?> all =
                    IntStream.range(0, 10).mapToObj(i -> client.execute("slow")).toList();
            Awaitility.await()
                    .until(() -> meters.get("qmp.commands.pending").gauge().value() == 7);
            assertThat(meters.get("qmp.commands.queued").gauge().value()).isEqualTo(3);
            gate.countDown();
            Awaitility.await()
                    .until(() -> meters.find("qmp.commands").timer() != null
                            && meters.get("qmp.commands").timer().count() == all.size());
            assertThat(meters.get("qmp.commands.pending").gauge().value()).isZero();
        });
    }

    @Test
    void aReplyAfterACancellationIsCounted() {
        CountDownLatch gate = new CountDownLatch(1);
        monitor.server().handle("slow", CommandHandler.returning(null).after(gate));
        runner.run(context -> {
            QmpClient client = running(context);
            CompletableFuture<?> slow = client.execute("slow");
            Awaitility.await().until(() -> client.status().pending() == 1);
            slow.cancel(false);
            Awaitility.await().until(() -> client.status().abandoned() == 1);
            FunctionCounter late = context.getBean(MeterRegistry.class)
                    .get("qmp.replies.late")
                    .tag("connection", "vm1")
                    .functionCounter();
            assertThat(late.count()).isZero();
            gate.countDown();
            Awaitility.await().until(() -> late.count() == 1);
        });
    }

    @Test
    void aReplyWithAnUnknownIdIsCounted() {
        try (ScriptedServer server = ScriptedServer.start()) {
            server.play(peer -> {
                peer.negotiate().say("{\"return\": {}, \"id\": \"of-another-client\"}");
                peer.awaitEnd();
            });
            runner.withPropertyValues("qmp.connection.vm1.address=" + server.endpoint())
                    .run(context -> {
                        FunctionCounter stray = context.getBean(MeterRegistry.class)
                                .get("qmp.replies.stray")
                                .tag("connection", "vm1")
                                .functionCounter();
                        Awaitility.await().until(() -> stray.count() == 1);
                    });
        }
    }

    @Test
    void input27FailuresOfListenersAreCounted() {
        runner.withBean(FailingListener.class).run(context -> {
            running(context);
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            monitor.server().emit(QmpEvent.of("STOP"));
            monitor.server().emit(QmpEvent.of("RESUME"));
            Awaitility.await()
                    .until(() -> meters.get("qmp.listener.failures")
                                    .tag("connection", "vm1")
                                    .functionCounter()
                                    .count()
                            == 2);
        });
    }

    static class FailingListener {

        @QmpEventListener
        void on(QmpEvent event) {
            throw new IllegalStateException(event.name());
        }
    }

    @Test
    void everyMeterOfANameHasTheSameTags() {
        runner.run(context -> {
            QmpClient client = running(context);
            client.execute("query-status").join();
            Assertions.assertThatException().isThrownBy(() -> client.blocking().execute("no-such-command"));
            client.blocking().disconnect();
            Assertions.assertThatException().isThrownBy(() -> client.blocking().execute("query-status"));
            Map<String, Set<Set<String>>> keys = new ConcurrentHashMap<>();
            for (Meter meter : context.getBean(MeterRegistry.class).getMeters()) {
                Set<String> own = new TreeSet<>();
                meter.getId().getTags().stream().map(Tag::getKey).forEach(own::add);
                keys.computeIfAbsent(meter.getId().getName(), name -> ConcurrentHashMap.newKeySet())
                        .add(own);
            }
            assertThat(keys.get("qmp.commands"))
                    .containsExactly(Set.of("command", "connection", "error", "error.class", "outcome"));
            assertThat(keys.get("qmp.commands.active"))
                    .containsExactly(Set.of("command", "connection", "error.class", "outcome"));
            assertThat(keys).allSatisfy((name, sets) -> assertThat(sets).hasSize(1));
        });
    }

    /** What was tagged at the start of a command is what ends with it, though the command has other tags by then. */
    @Test
    void nothingStaysActiveWhateverTheOutcome() {
        CountDownLatch gate = new CountDownLatch(1);
        monitor.server().handle("slow", CommandHandler.returning(null).after(gate));
        runner.run(context -> {
            QmpClient client = running(context);
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            CompletableFuture<?> slow = client.execute("slow");
            CompletableFuture<?> cancelled = client.execute("slow");
            CompletableFuture<?> rejected = client.execute("no-such-command");
            assertThat(active(meters)).isEqualTo(3);
            cancelled.cancel(true);
            gate.countDown();
            slow.join();
            assertThat(rejected).failsWithin(Duration.ofSeconds(10));
            client.blocking().disconnect();
            assertThat(client.execute("query-status")).failsWithin(Duration.ofSeconds(10));
            Awaitility.await().until(() -> active(meters) == 0);
            assertThat(meters.get("qmp.commands").timers())
                    .extracting(timer -> timer.getId().getTag("outcome"))
                    .containsExactlyInAnyOrder("SUCCESS", "CANCELLED", "REJECTED", "NOT_SENT");
        });
    }

    @Test
    void theTagErrorStatesWhyACommandWasNotSent() {
        CountDownLatch gate = new CountDownLatch(1);
        monitor.server().handle("slow", CommandHandler.returning(null).after(gate));
        monitor.server()
                .handle(
                        "query-qmp-schema",
                        CommandHandler.returning(
                                JsonMapper.shared()
                                        .readTree(
                                                """
                [{"meta-type": "command", "name": "slow", "arg-type": "0", "ret-type": "0"},
                 {"meta-type": "object", "name": "0", "members": []}]""")));
        runner.withPropertyValues(
                        "qmp.connection.vm1.commands.deny=quit",
                        "qmp.connection.vm1.command-check=refuse",
                        "qmp.connection.vm1.max-in-flight=1",
                        "qmp.connection.vm1.queue-capacity=1")
                .run(context -> {
                    QmpClient client = running(context);
                    assertThat(client.execute("quit")).failsWithin(Duration.ofSeconds(10));
                    assertThat(client.execute("no-such-command")).failsWithin(Duration.ofSeconds(10));
                    client.execute("slow");
                    Awaitility.await().until(() -> client.status().pending() == 1);
                    client.execute("slow");
                    assertThat(client.execute("slow")).failsWithin(Duration.ofSeconds(10));
                    gate.countDown();
                    client.blocking().disconnect();
                    assertThat(client.execute("slow")).failsWithin(Duration.ofSeconds(10));
                    MeterRegistry meters = context.getBean(MeterRegistry.class);
                    assertThat(meters.get("qmp.commands")
                                    .tag("outcome", "NOT_SENT")
                                    .timers())
                            .extracting(timer -> timer.getId().getTag("error"))
                            .containsExactlyInAnyOrder(
                                    "CommandRefusedException",
                                    "InvalidCommandException",
                                    "OverloadException",
                                    "NotSentException");
                    assertThat(meters.get("qmp.commands.refused")
                                    .functionCounter()
                                    .count())
                            .isOne();
                });
    }

    @Test
    void aCommandTheMachineDoesNotKnowMakesNoMeterOfItsOwn() {
        runner.run(context -> {
            QmpClient client = running(context);
            Assertions.assertThatException().isThrownBy(() -> client.blocking().execute("no-such-command"));
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            assertThat(meters.get("qmp.commands")
                            .tags("command", "UNKNOWN", "outcome", "REJECTED", "error.class", "CommandNotFound")
                            .timer()
                            .count())
                    .isOne();
            assertThat(meters.find("qmp.commands")
                            .tag("command", "no-such-command")
                            .meters())
                    .isEmpty();
        });
    }

    @Test
    void reconnectsAndEventsAreCounted() {
        runner.run(context -> {
            QmpClient client = running(context);
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            client.blocking().execute("stop");
            client.blocking().execute("stop");
            assertThat(meters.get("qmp.events").tag("event", "STOP").counter().count())
                    .isEqualTo(2);
            monitor.server().disconnectClient().join();
            Awaitility.await()
                    .until(() -> meters.get("qmp.connection.reconnects")
                                    .functionCounter()
                                    .count()
                            == 1);
            assertThat(meters.get("qmp.events.dropped").functionCounter().count())
                    .isZero();
        });
    }

    /**
     * Nor from starting: a registry that is made for the first client's observations binds meters that need the
     * clients.
     */
    @Test
    void lazyInitializationDoesNotKeepEventsFromBeingCounted() {
        runner.withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> {
                    running(context);
                    monitor.server().emit(QmpEvent.of("STOP"));
                    context.getBean(QmpClient.class).blocking().execute("query-status"); // comes after the event
                    assertThat(context.getBean(MeterRegistry.class)
                                    .get("qmp.events")
                                    .tag("event", "STOP")
                                    .counter()
                                    .count())
                            .isOne();
                });
    }

    @Test
    void aPauseAndARestartAreNoReconnect() {
        runner.run(context -> {
            QmpClient client = running(context);
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            application.pause();
            Awaitility.await().until(() -> client.runstate() == Runstate.IDLE);
            application.restart();
            running(context);
            assertThat(context.getBean(MeterRegistry.class)
                            .get("qmp.connection.reconnects")
                            .functionCounter()
                            .count())
                    .isZero();
        });
    }

    @Test
    void aMachineThatMakesUpEventNamesDoesNotMakeUpMetersForEver() {
        runner.run(context -> {
            running(context);
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            monitor.server().emit(QmpEvent.of("A".repeat(65)));
            monitor.server().emit(QmpEvent.of("A LINE\n"));
            IntStream.range(0, 300).forEach(i -> monitor.server().emit(QmpEvent.of("E" + i)));
            Awaitility.await()
                    .until(() -> meters.find("qmp.events").counters().stream()
                                    .mapToDouble(counter -> counter.count())
                                    .sum()
                            == 302);
            assertThat(meters.get("qmp.events").counters()).hasSize(200);
            assertThat(meters.get("qmp.events").tag("event", "other").counter().count())
                    .isEqualTo(103); // the first two, and all after 199 names and this one
        });
    }

    @Test
    void aRegistryThatOutlivesTheContextKeepsNoMeterOfIt() {
        MeterRegistry outliving = new SimpleMeterRegistry() {
            @Override
            public void close() {} // Boot closes the registries of a context
        };
        for (int i = 0; i < 2; i++) {
            runner.withBean("outliving", MeterRegistry.class, () -> outliving).run(context -> {
                QmpClient client = running(context);
                client.execute("query-status").join();
                monitor.server().emit(QmpEvent.of("STOP"));
                Awaitility.await()
                        .until(() -> outliving.find("qmp.events").counter() != null
                                && outliving.find("qmp.commands").timer() != null);
                assertThat(state(outliving, "running")).isOne();
            });
            assertThat(outliving.getMeters())
                    .extracting(meter -> meter.getId().getName())
                    .noneMatch(name -> name.startsWith("qmp."));
        }
    }

    @Test
    void theTimersOfARemovedConnectionAreRemovedUnderAnyName() {
        runner.withBean(NamedConvention.class)
                .withBean(MeterFilter.class, () -> new MeterFilter() {
                    @Override
                    public Meter.Id map(Meter.Id id) {
                        return id.withName("acme." + id.getName());
                    }
                })
                .run(context -> {
                    MeterRegistry meters = context.getBean(MeterRegistry.class);
                    QmpClient client = running(context);
                    client.blocking().execute("query-status");
                    client.newTask("backup", "of disk0", CompletableFuture::new).complete("done");
                    Awaitility.await().untilAsserted(() -> assertThat(namesOf("vm1", meters))
                            .contains("acme.hypervisor.commands", "acme.qmp.tasks"));
                    context.getBean(QmpClients.class).remove("vm1").join();
                    Awaitility.await().untilAsserted(() -> assertThat(namesOf("vm1", meters))
                            .isEmpty());
                });
    }

    @Test
    void metersOfTheApplicationStay() {
        Queue<Runnable> pauses = new ArrayDeque<>();
        MeterRegistry meters = new SimpleMeterRegistry();
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            Set<String> timers = Set.of("machine", "qmp.tasks");
            new QmpMetrics(clients, context.getBean(QmpListenerFailures.class), timers, pauses::add).bindTo(meters);
            clients.add("m0", "tcp:localhost:1");
            meters.counter("machine", "connection", "m0");
            meters.timer("machine.backups", "connection", "m0");
            meters.more().longTaskTimer("acme.qmp.tasks", Tags.of("connection", "m0"));
            meters.counter("acme.qmp.tasks.open", "connection", "m0");
            clients.remove("m0").join();
            pauses.remove().run();
            assertThat(namesOf("m0", meters))
                    .containsExactlyInAnyOrder("machine", "machine.backups", "acme.qmp.tasks", "acme.qmp.tasks.open");
        });
    }

    private static Set<String> namesOf(String connection, MeterRegistry meters) {
        return meters.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> connection.equals(id.getTag("connection")))
                .map(Meter.Id::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static class NamedConvention extends DefaultQmpCommandObservationConvention {

        NamedConvention() {
            super("hypervisor.commands");
        }
    }

    /** Their timers would be registered after those of the connection were removed, and stay. */
    @Test
    void aClosedClientMakesNoMeters() {
        runner.run(context -> {
            QmpClient client = running(context);
            QmpClients clients = context.getBean(QmpClients.class);
            assertThat(clients.remove("vm1").join()).isTrue();
            assertThat(client.execute("query-status")).failsWithin(Duration.ofSeconds(10));
            TaskSource<String> task = client.newTask("backup", "of disk0", CompletableFuture::new);
            assertThat(timers(context.getBean(MeterRegistry.class))).isEmpty();
            task.complete("done");
            assertThat(timers(context.getBean(MeterRegistry.class))).isEmpty();
        });
    }

    /** A walk takes 60 ms and more with the meters of 2000 machines, and other changes of the registry wait. */
    @Test
    void manyRemovalsShareAWalkOverTheMeters() {
        AtomicInteger walks = new AtomicInteger();
        MeterRegistry meters = new SimpleMeterRegistry() {
            @Override
            public List<Meter> getMeters() {
                walks.incrementAndGet();
                return super.getMeters();
            }
        };
        Queue<Runnable> pauses = new ArrayDeque<>();
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            new QmpMetrics(clients, context.getBean(QmpListenerFailures.class), TIMERS, pauses::add).bindTo(meters);
            List<String> names = IntStream.range(0, 10).mapToObj(i -> "m" + i).toList();
            names.forEach(name -> {
                clients.add(name, "tcp:localhost:" + (1 + names.indexOf(name)));
                meters.timer("qmp.commands", "connection", name);
                meters.timer("qmp.tasks", "connection", name);
            });
            meters.timer("qmp.commands", "connection", "vm1");
            names.forEach(name -> clients.remove(name).join());
            assertThat(walks).hasValue(1);
            assertThat(pauses).hasSize(1);
            meters.timer("qmp.tasks", "connection", "m0"); // of a task that has just ended
            pauses.remove().run();
            assertThat(walks).hasValue(2);
            assertThat(timers(meters)).containsExactly("qmp.commands of vm1");
            meters.timer("qmp.tasks", "connection", "m1"); // of a task that has ended much later
            clients.add("m0", "tcp:localhost:1");
            meters.timer("qmp.tasks", "connection", "m0");
            clients.remove("vm1").join();
            assertThat(timers(meters)).containsExactly("qmp.tasks of m0");
        });
    }

    @Test
    void aConnectionThatIsAddedDuringAWalkKeepsItsTimers() {
        Queue<Runnable> duringWalk = new ArrayDeque<>();
        MeterRegistry meters = new SimpleMeterRegistry() {
            @Override
            public List<Meter> getMeters() {
                List<Meter> all = super.getMeters();
                Runnable action = duringWalk.poll();
                if (action != null) {
                    action.run();
                }
                return all;
            }
        };
        Queue<Runnable> pauses = new ArrayDeque<>();
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            new QmpMetrics(clients, context.getBean(QmpListenerFailures.class), TIMERS, pauses::add).bindTo(meters);
            for (String name : List.of("m0", "m1")) {
                clients.add(name, "tcp:localhost:1");
                clients.remove(name).join();
                meters.timer("qmp.tasks", "connection", name); // of a task that has ended after the removal
            }
            duringWalk.add(() -> clients.add("m0", "tcp:localhost:1"));
            pauses.remove().run();
            assertThat(duringWalk).isEmpty();
            assertThat(timers(meters)).containsExactly("qmp.tasks of m0");
        });
    }

    private static List<String> timers(MeterRegistry meters) {
        return meters.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> Set.of("qmp.commands", "qmp.tasks", "qmp.commands.active", "qmp.tasks.active")
                        .contains(id.getName()))
                .map(id -> id.getName() + " of " + id.getTag("connection"))
                .toList();
    }

    private static int active(MeterRegistry meters) {
        return meters.get("qmp.commands.active").longTaskTimers().stream()
                .mapToInt(timer -> timer.activeTasks())
                .sum();
    }

    private static double state(MeterRegistry meters, String state) {
        return meters.get("qmp.connection.state")
                .tags("connection", "vm1", "state", state)
                .gauge()
                .value();
    }

    private static QmpClient running(AssertableApplicationContext context) {
        QmpClient client = context.getBean(QmpClient.class);
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }
}
