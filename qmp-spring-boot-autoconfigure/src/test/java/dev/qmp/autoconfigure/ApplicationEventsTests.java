package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpEventsLostEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

class ApplicationEventsTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=" + monitor.address())
            .withUserConfiguration(Listeners.class);

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void input16ASlowListenerDelaysNoReply() {
        runner.run(context -> {
            QmpClient client = running(context.getBean(QmpClient.class));
            Listeners listeners = context.getBean(Listeners.class);
            long began = System.nanoTime();
            for (int i = 1; i <= 20; i++) {
                CountDownLatch replied = new CountDownLatch(1);
                listeners.slowness = replied;
                client.blocking().execute("stop");
                replied.countDown();
                int heard = i;
                Awaitility.await().until(() -> listeners.names.size() == heard);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as("20 commands, each with a listener that waits for the reply")
                    .isLessThan(Duration.ofMillis(500).multipliedBy(20));
        });
    }

    @Test
    void eventsComeInOrderAndNeverOnAnEventLoop() {
        runner.run(context -> {
            running(context.getBean(QmpClient.class));
            Listeners listeners = context.getBean(Listeners.class);
            IntStream.range(0, 500).forEach(i -> monitor.server().emit(QmpEvent.of("E" + i)));
            Awaitility.await().until(() -> listeners.names.size() == 500);
            assertThat(listeners.names)
                    .containsExactlyElementsOf(
                            IntStream.range(0, 500).mapToObj(i -> "vm1 E" + i).toList());
            assertThat(listeners.threads).allMatch(thread -> thread.startsWith("qmp-event"));
        });
    }

    @Test
    void aListenerMayExecuteBlockingCommandsAndThrow() {
        runner.run(context -> {
            QmpClient client = running(context.getBean(QmpClient.class));
            Listeners listeners = context.getBean(Listeners.class);
            monitor.server().emit(QmpEvent.of("ASK"));
            monitor.server().emit(QmpEvent.of("THROW"));
            monitor.server().emit(QmpEvent.of("LAST"));
            Awaitility.await().until(() -> listeners.names.contains("vm1 LAST"));
            assertThat(listeners.names).containsExactly("vm1 ASK", "answered running", "vm1 THROW", "vm1 LAST");
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
        });
    }

    @Test
    void everyChangeOfTheRunstateIsPublishedInOrder() {
        runner.run(context -> {
            QmpClient client = running(context.getBean(QmpClient.class));
            client.blocking().disconnect();
            Listeners listeners = context.getBean(Listeners.class);
            Awaitility.await().until(() -> listeners.runstates.size() == 4);
            assertThat(listeners.runstates)
                    .containsExactly(
                            "vm1 IDLE CONNECTING",
                            "vm1 CONNECTING RUNNING",
                            "vm1 RUNNING DISCONNECTING",
                            "vm1 DISCONNECTING IDLE");
        });
    }

    /** Events that a listener receives after the loss of a session are of the next session. */
    @Test
    void runstatesAndEventsComeInOneOrderAndOneAtATime() {
        runner.withPropertyValues("qmp.connection.vm1.reconnect.initial-delay=10ms")
                .run(context -> {
                    QmpClient client = running(context.getBean(QmpClient.class));
                    Listeners listeners = context.getBean(Listeners.class);
                    monitor.server().emit(QmpEvent.of("WAIT"));
                    Awaitility.await().until(() -> listeners.all.contains("WAIT"));
                    monitor.server().disconnectClient().join();
                    Awaitility.await().until(() -> client.status().reconnects() == 1);
                    monitor.server().emit(QmpEvent.of("LAST"));
                    Awaitility.await().until(() -> client.status().eventsReceived() == 2);
                    assertThat(listeners.all).endsWith("WAIT");
                    listeners.goOn.countDown();
                    Awaitility.await().until(() -> listeners.all.contains("LAST"));
                    assertThat(listeners.all)
                            .containsExactly(
                                    "CONNECTING",
                                    "RUNNING",
                                    "WAIT",
                                    "DISCONNECTING",
                                    "IDLE",
                                    "CONNECTING",
                                    "RUNNING",
                                    "LAST");
                });
    }

    @Test
    void whatAListenerMissesIsCountedAndPublishedAndNoRunstateIsAmongIt() {
        runner.withPropertyValues("qmp.connection.vm1.event-capacity=4").run(context -> {
            QmpClient client = running(context.getBean(QmpClient.class));
            Listeners listeners = context.getBean(Listeners.class);
            monitor.server().emit(QmpEvent.of("WAIT"));
            Awaitility.await().until(() -> listeners.all.contains("WAIT"));
            client.blocking().disconnect();
            client.blocking().connect();
            IntStream.range(0, 20).forEach(i -> monitor.server().emit(QmpEvent.of("E" + i)));
            Awaitility.await().until(() -> client.status().eventsReceived() == 21);
            assertThat(client.status().eventsLost()).isPositive();
            listeners.goOn.countDown();
            Awaitility.await().until(() -> listeners.all.contains("E19"));
            Awaitility.await().untilAsserted(() -> assertThat(listeners.lost.get())
                    .isEqualTo(client.status().eventsLost()));
            assertThat(listeners.runstates).hasSize(6);
        });
    }

    @Test
    void listenersThatWaitForOneMachineHoldUpNoOther() {
        TestMonitor[] frozen = new TestMonitor[20];
        for (int i = 0; i < frozen.length; i++) {
            frozen[i] = TestMonitor.started();
        }
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            Listeners listeners = context.getBean(Listeners.class);
            for (int i = 0; i < frozen.length; i++) {
                running(clients.add("frozen" + i, frozen[i].address()));
                frozen[i].server().emit(QmpEvent.of("WAIT"));
            }
            Awaitility.await()
                    .until(() -> listeners.all.stream().filter("WAIT"::equals).count() == frozen.length);
            running(clients.get("vm1")).blocking().execute("stop");
            Awaitility.await().until(() -> listeners.names.contains("vm1 STOP"));
            listeners.goOn.countDown();
        });
        for (TestMonitor each : frozen) {
            each.close();
        }
    }

    /** More listeners than threads: another thread compensates each one that waits for a command. */
    @Test
    void anyNumberOfListenersMayWaitForCommands() {
        List<TestMonitor> frozen =
                IntStream.range(0, 70).mapToObj(i -> TestMonitor.started()).toList();
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            Listeners listeners = context.getBean(Listeners.class);
            frozen.forEach(each -> {
                each.server().handle("query-status", CommandHandler.hanging());
                running(clients.add(each.socket().getParent().getFileName().toString(), each.address()));
                each.server().emit(QmpEvent.of("ASK"));
            });
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> frozen.stream()
                    .allMatch(each -> each.server().received().stream()
                            .anyMatch(command -> command.name().equals("query-status"))));
            running(clients.get("vm1")).execute("stop");
            Awaitility.await().until(() -> listeners.names.contains("vm1 STOP"));
            frozen.forEach(TestMonitor::close);
        });
    }

    @Test
    void listenersHearAgainAfterALossWithoutAnybodySubscribing() {
        runner.run(context -> {
            QmpClient client = running(context.getBean(QmpClient.class));
            monitor.server().disconnectClient().join();
            Awaitility.await().until(() -> client.status().reconnects() == 1);
            client.blocking().execute("stop");
            Listeners listeners = context.getBean(Listeners.class);
            Awaitility.await().untilAsserted(() -> assertThat(listeners.names).containsExactly("vm1 STOP"));
        });
    }

    @Test
    void withVirtualThreadsEventsArePublishedOnThem() {
        Assumptions.assumeTrue(Runtime.version().feature() >= 21, "virtual threads need Java 21");
        runner.withPropertyValues("spring.threads.virtual.enabled=true").run(context -> {
            running(context.getBean(QmpClient.class)).blocking().execute("stop");
            Listeners listeners = context.getBean(Listeners.class);
            Awaitility.await().untilAsserted(() -> assertThat(listeners.names).containsExactly("vm1 STOP"));
            assertThat(listeners.virtual).containsOnly(true);
        });
    }

    private static QmpClient running(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }

    @Configuration(proxyBeanMethods = false)
    static class Listeners {

        final List<String> names = new CopyOnWriteArrayList<>();
        final List<String> threads = new CopyOnWriteArrayList<>();
        final List<Boolean> virtual = new CopyOnWriteArrayList<>();
        final List<String> all = new CopyOnWriteArrayList<>();
        final CountDownLatch goOn = new CountDownLatch(1);
        final AtomicLong lost = new AtomicLong();
        final List<String> runstates = new CopyOnWriteArrayList<>();

        /** The listener waits for it at each STOP. */
        volatile CountDownLatch slowness = new CountDownLatch(0);

        @EventListener
        void on(QmpEventReceivedEvent event) {
            if (event.getName().equals("STOP")) {
                awaitOpen(slowness);
            }
            names.add(event.getConnectionName() + " " + event.getName());
            threads.add(Thread.currentThread().getName());
            virtual.add(isVirtual(Thread.currentThread()));
            all.add(event.getName());
            if (event.getName().equals("WAIT")) {
                awaitOpen(goOn);
            }
            if (event.getName().equals("ASK")) {
                names.add("answered "
                        + event.getClient()
                                .blocking()
                                .execute("query-status")
                                .get("status")
                                .asString());
            }
            if (event.getName().equals("THROW")) {
                throw new IllegalStateException("a listener's own mistake");
            }
        }

        @EventListener
        void on(QmpRunstateChangedEvent event) {
            all.add(event.getCurrent().name());
            runstates.add(event.getConnectionName() + " " + event.getPrevious() + " " + event.getCurrent());
        }

        @EventListener
        void on(QmpEventsLostEvent event) {
            lost.addAndGet(event.getLost());
        }

        private static void awaitOpen(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Java 17 has no virtual threads, and no method that asks for them. */
        private static boolean isVirtual(Thread thread) {
            return thread.getClass().getName().equals("java.lang.VirtualThread");
        }
    }
}
