package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
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
    void anEventIsHeardBeforeTheCallerContinuesWhoseReplyCameAfterIt() {
        runner.run(context -> {
            QmpClient client = running(context.getBean(QmpClient.class));
            Listeners listeners = context.getBean(Listeners.class);
            for (int i = 1; i <= 50; i++) {
                client.blocking().execute("stop");
                assertThat(listeners.names).hasSize(i).containsOnly("vm1 STOP");
            }
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

    @Test
    void listenersHearAgainAfterALossWithoutAnybodySubscribing() {
        runner.run(context -> {
            QmpClient client = running(context.getBean(QmpClient.class));
            monitor.server().disconnectClient().join();
            Awaitility.await().until(() -> client.status().reconnects() == 1);
            client.blocking().execute("stop");
            assertThat(context.getBean(Listeners.class).names).containsExactly("vm1 STOP");
        });
    }

    @Test
    void withVirtualThreadsEventsArePublishedOnThem() {
        org.junit.jupiter.api.Assumptions.assumeTrue(Runtime.version().feature() >= 21, "virtual threads need Java 21");
        runner.withPropertyValues("spring.threads.virtual.enabled=true").run(context -> {
            running(context.getBean(QmpClient.class)).blocking().execute("stop");
            assertThat(context.getBean(Listeners.class).names).containsExactly("vm1 STOP");
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
        final List<String> runstates = new CopyOnWriteArrayList<>();

        @EventListener
        void on(QmpEventReceivedEvent event) {
            names.add(event.getConnectionName() + " " + event.getName());
            threads.add(Thread.currentThread().getName());
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
            runstates.add(event.getConnectionName() + " " + event.getPrevious() + " " + event.getCurrent());
        }
    }
}
