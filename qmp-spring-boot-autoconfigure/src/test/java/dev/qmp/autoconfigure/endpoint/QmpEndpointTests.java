package dev.qmp.autoconfigure.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.CommandInFlight;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectState;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.autoconfigure.endpoint.QmpEndpoint.ConnectionDescriptor;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.spring.QmpClients;
import dev.qmp.testing.ScriptedServer;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;

class QmpEndpointTests {

    private static final AutoConfigurations CONFIGURATIONS =
            AutoConfigurations.of(QmpAutoConfiguration.class, QmpEndpointAutoConfiguration.class);

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(CONFIGURATIONS)
            .withPropertyValues(
                    "management.endpoints.jmx.exposure.include=qmp",
                    "spring.jmx.enabled=true",
                    "qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void tellsAllThereIsToKnowOfAConnection() {
        runner.run(context -> {
            running(context);
            monitor.server().emit(QmpEvent.of("STOP"));
            monitor.server().emit(QmpEvent.of("STOP"));
            monitor.server().emit(QmpEvent.of("RESUME"));
            Awaitility.await().until(() -> vm1(context).events().equals(Map.of("STOP", 2L, "RESUME", 1L)));
            ConnectionDescriptor vm1 = vm1(context);
            assertThat(vm1.runstate()).isEqualTo(Runstate.RUNNING);
            assertThat(vm1.qemuVersion()).isEqualTo("7.2.22");
            assertThat(vm1.capabilities()).containsExactly("oob");
            assertThat(vm1.outOfBand()).isTrue();
            assertThat(vm1.queued()).isZero();
            assertThat(vm1.reconnecting()).isTrue();
            assertThat(vm1.reconnectState()).isEqualTo(ReconnectState.CONNECTED);
            assertThat(vm1.lastError()).isNull();
        });
    }

    @Test
    void eventsWithNamesThatNoEventHasAreCountedTogether() {
        runner.run(context -> {
            running(context);
            monitor.server().emit(QmpEvent.of("STOP"));
            monitor.server().emit(QmpEvent.of("X".repeat(65)));
            monitor.server().emit(QmpEvent.of("<script>"));
            Awaitility.await().until(() -> vm1(context).events().equals(Map.of("STOP", 1L, "other", 2L)));
        });
    }

    @Test
    void addressesAndErrorsAreSanitizedUnlessTheyAreToBeShown() {
        monitor.stop();
        runner.run(context -> {
            Awaitility.await().until(() -> vm1(context).lastError() != null);
            assertThat(vm1(context).address()).isEqualTo("******");
            assertThat(vm1(context).lastError()).isEqualTo("******");
        });
        runner.withPropertyValues("management.endpoint.qmp.show-values=always").run(context -> {
            Awaitility.await().until(() -> vm1(context).lastError() != null);
            assertThat(vm1(context).address()).isEqualTo(monitor.address());
            assertThat(vm1(context).lastError()).doesNotContain("******");
        });
    }

    @Test
    void showsWhereAClientListensForItsMachine() {
        runner.run(context -> {
            running(context);
            assertThat(vm1(context).listeningOn()).isNull();
        });
        ApplicationContextRunner listening = runner.withPropertyValues(
                "qmp.connection.vm1.address=tcp:127.0.0.1:0", "qmp.connection.vm1.mode=listen");
        listening.run(context -> {
            Awaitility.await().until(() -> vm1(context).listeningOn() != null);
            assertThat(vm1(context).listeningOn()).isEqualTo("******");
        });
        listening
                .withPropertyValues("management.endpoint.qmp.show-values=always")
                .run(context -> {
                    Awaitility.await().until(() -> vm1(context).listeningOn() != null);
                    assertThat(vm1(context).address()).isEqualTo("tcp:127.0.0.1:0");
                    assertThat(vm1(context).listeningOn())
                            .isEqualTo(Objects.toString(
                                    context.getBean(QmpClient.class).status().listeningOn()))
                            .matches("tcp:127\\.0\\.0\\.1:[1-9]\\d*");
                });
    }

    @Test
    void listsTheCommandsInFlightWithoutTheirArguments() {
        runner.run(context -> {
            running(context);
            CountDownLatch answered = new CountDownLatch(1);
            monitor.server().handle("slow", CommandHandler.returning(null).after(answered));
            context.getBean(QmpClient.class).execute("slow", Map.of("password", "hunter2"));
            Awaitility.await().untilAsserted(() -> assertThat(vm1(context).commands())
                    .singleElement()
                    .satisfies(command -> {
                        assertThat(command.name()).isEqualTo("slow");
                        assertThat(command.stage()).isEqualTo(CommandInFlight.Stage.WRITTEN);
                        assertThat(command.toString()).doesNotContain("hunter2");
                    }));
            answered.countDown();
            Awaitility.await().until(() -> vm1(context).commands().isEmpty());
        });
    }

    @Test
    void countsRepliesThatArriveAfterACancellation() {
        runner.run(context -> {
            running(context);
            CountDownLatch answered = new CountDownLatch(1);
            monitor.server().handle("slow", CommandHandler.returning(null).after(answered));
            QmpClient client = context.getBean(QmpClient.class);
            CompletableFuture<?> slow = client.execute("slow");
            Awaitility.await().until(() -> client.status().pending() == 1);
            slow.cancel(false);
            Awaitility.await().until(() -> client.status().abandoned() == 1);
            assertThat(vm1(context).lateReplies()).isZero();
            answered.countDown();
            Awaitility.await().until(() -> vm1(context).lateReplies() == 1);
        });
    }

    @Test
    void countsRepliesThatBelongToNoCommand() {
        try (ScriptedServer server = ScriptedServer.start()) {
            server.play(peer -> {
                peer.negotiate().say("{\"return\": {}, \"id\": \"of-another-client\"}");
                peer.awaitEnd();
            });
            runner.withPropertyValues("qmp.connection.vm1.address=" + server.endpoint())
                    .run(context -> Awaitility.await().until(() -> vm1(context).strayReplies() == 1));
        }
    }

    @Test
    void followsConnectionsThatComeAndGo() {
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            QmpEndpoint endpoint = context.getBean(QmpEndpoint.class);
            clients.add("vm2", "tcp:localhost:1");
            assertThat(endpoint.connections().connections()).containsOnlyKeys("vm1", "vm2");
            clients.remove("vm2").join();
            assertThat(endpoint.connections().connections()).containsOnlyKeys("vm1");
            assertThat(endpoint.connection("vm2")).isNull();
        });
    }

    @Test
    @DisplayName("#78 the endpoint executes no command: it only reads, and controls connections")
    void executesNoCommand() {
        for (Class<?> type : new Class<?>[] {QmpEndpoint.class, QmpEndpointWebExtension.class}) {
            assertThat(Arrays.stream(type.getDeclaredMethods())
                            .filter(method -> method.isAnnotationPresent(WriteOperation.class)
                                    || method.isAnnotationPresent(DeleteOperation.class)))
                    .singleElement()
                    .satisfies(method -> assertThat(method.getName()).isEqualTo("control"))
                    .satisfies(method ->
                            assertThat(method.getParameterTypes()).endsWith(String.class, ConnectionAction.class));
        }
    }

    @Test
    void input30AConnectionIsStoppedStartedAndReconnected() {
        runner.run(context -> {
            running(context);
            QmpClient client = context.getBean(QmpClient.class);
            QmpEndpoint endpoint = context.getBean(QmpEndpoint.class);
            assertThat(endpoint.control("vm1", ConnectionAction.STOP)).isNotNull();
            Awaitility.await().until(() -> client.runstate() == Runstate.IDLE);
            endpoint.control("vm1", ConnectionAction.START);
            running(context);
            AtomicInteger sessions = new AtomicInteger();
            client.addRunstateListener(change -> {
                if (change.current() == Runstate.RUNNING) {
                    sessions.incrementAndGet();
                }
            });
            endpoint.control("vm1", ConnectionAction.RECONNECT);
            Awaitility.await().until(() -> sessions.get() == 1);
            assertThat(endpoint.control("nonsense", ConnectionAction.STOP)).isNull();
        });
    }

    @Test
    void isThereWhenExposedOnly() {
        new ApplicationContextRunner().withConfiguration(CONFIGURATIONS).run(context -> assertThat(context)
                .doesNotHaveBean(QmpEndpoint.class));
        runner.withPropertyValues("management.endpoint.qmp.access=NONE")
                .run(context -> assertThat(context).doesNotHaveBean(QmpEndpoint.class));
        new WebApplicationContextRunner()
                .withConfiguration(CONFIGURATIONS)
                .withPropertyValues("management.endpoints.web.exposure.include=qmp")
                .run(context -> assertThat(context)
                        .hasSingleBean(QmpEndpoint.class)
                        .hasSingleBean(QmpEndpointWebExtension.class));
    }

    private static ConnectionDescriptor vm1(ApplicationContext context) {
        ConnectionDescriptor descriptor = context.getBean(QmpEndpoint.class).connection("vm1");
        assertThat(descriptor).isNotNull();
        return descriptor;
    }

    private static void running(ApplicationContext context) {
        QmpClient client = context.getBean(QmpClient.class);
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
    }
}
