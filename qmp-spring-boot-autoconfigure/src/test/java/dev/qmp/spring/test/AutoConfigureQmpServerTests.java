package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.QmpProperties;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.server.ServerFault;
import dev.qmp.spring.QmpConnection;
import dev.qmp.spring.QmpConnectionDetails;
import dev.qmp.spring.QmpEventListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The way a user tests an application without QEMU. */
@AutoConfigureQmpServer
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = {
            "qmp.connection.vm1.address=unix:/nowhere/vm1.qmp",
            "qmp.connection.vm-2.address=tcp:nowhere:4444",
            "qmp.connection.vm-2.ssl.bundle=none",
            "qmp.connection.vm-2.queue-capacity=7"
        })
class AutoConfigureQmpServerTests {

    /** The commands that some test scripts. */
    private static final List<String> SCRIPTED = List.of("stop", "device_del", "quit");

    @Autowired
    @QmpConnection("vm1")
    private QmpClient vm1;

    @Autowired
    @QmpConnection("vm-2")
    private QmpClient vm2;

    @Autowired
    @QmpConnection("vm1")
    private QmpServer server;

    @Autowired
    @Qualifier("vm-2QmpServer")
    private QmpServer server2;

    @Autowired
    private Application application;

    /** Every test begins in this state, after any other test. */
    @BeforeEach
    void everythingIsFresh() {
        assertThat(vm1.runstate()).isEqualTo(Runstate.RUNNING);
        assertThat(vm2.runstate()).isEqualTo(Runstate.RUNNING);
        assertThat(server.received()).isEmpty();
        for (QmpClient client : List.of(vm1, vm2)) {
            for (String scripted : SCRIPTED) {
                assertThatExceptionOfType(RejectedException.class)
                        .isThrownBy(() -> client.blocking().execute(scripted))
                        .returns("CommandNotFound", RejectedException::errorClass);
            }
        }
        application.heard.clear();
    }

    @Test
    void everyConnectionHasAServerOfItsOwn() {
        assertThat(server.endpoint()).isEqualTo(vm1.endpoint()).isNotEqualTo(server2.endpoint());
        assertThat(server.hasClient()).isTrue();
        assertThat(server2.hasClient()).isTrue();
    }

    @Test
    void input40AServerIsSelectedAsItsClientIs(
            @Autowired @QmpConnection("vm-2") QmpServer byConnection,
            @Autowired @Qualifier("vm-2QmpServer") QmpServer byBeanName,
            @Autowired Map<String, QmpServer> all,
            @Autowired QmpServers servers) {
        assertThat(byConnection).isSameAs(server2).isSameAs(byBeanName).isSameAs(servers.get("vm-2"));
        assertThat(all).containsOnlyKeys("vm1QmpServer", "vm-2QmpServer");
        assertThat(servers.asMap()).containsOnly(Map.entry("vm1", server), Map.entry("vm-2", server2));
    }

    @Test
    void whatTheConfigurationSaysOtherwiseStands(@Autowired QmpProperties properties) {
        assertThat(properties.getConnection().get("vm-2").getQueueCapacity()).isEqualTo(7);
    }

    @Test
    void repliesAndEventsAreScripted() {
        server.handle("stop", command -> {
            server.emit(QmpEvent.of("STOP"));
            return QmpJson.object();
        });
        server2.handle("stop", CommandHandler.returning(null));
        vm1.blocking().execute("stop");
        vm2.blocking().execute("stop");
        Awaitility.await().untilAsserted(() -> assertThat(application.heard).containsExactly("STOP"));
        assertThat(server.received())
                .extracting(command -> command.name())
                .as("those of everythingIsFresh(), and this one")
                .containsExactly("stop", "device_del", "quit", "stop");
    }

    @Test
    void rejectionsAreScripted() {
        server.handle("device_del", CommandHandler.rejecting("DeviceNotFound", "no such device"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm1.blocking().execute("device_del"));
    }

    @Test
    void aCommandThatKillsTheMachineIsGoneInTheNextTest() {
        server.handle("quit", CommandHandler.hangingUp());
        assertThatExceptionOfType(OutcomeUnknownException.class)
                .isThrownBy(() -> vm1.blocking().execute("quit"));
    }

    @Test
    void aCommandThatHangsIsGoneInTheNextTest() {
        server2.handle("stop", CommandHandler.hanging());
        CompletableFuture<?> stop = vm2.execute("stop");
        Awaitility.await()
                .until(() -> server2.received().stream()
                                .filter(command -> command.name().equals("stop"))
                                .count()
                        == 2);
        assertThat(stop).isNotDone();
    }

    @ParameterizedTest
    @EnumSource(ServerFault.class)
    void aFaultIsGoneInTheNextTest(ServerFault fault) {
        server.inject(fault);
    }

    /** Runs last. So {@link #everythingIsFresh()} follows each test that leaves something. */
    @Test
    @Order(Integer.MAX_VALUE)
    void theLastTestLeavesNothingEither() {
        assertThat(application.heard).isEmpty();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {

        final List<String> heard = new CopyOnWriteArrayList<>();

        /** As an application has them that learns where its machines are from somewhere else. */
        @Bean
        QmpConnectionDetails elsewhere() {
            return name -> Endpoint.unix(Path.of("/nowhere", name));
        }

        @QmpEventListener(connection = "vm1")
        void on(QmpEvent event) {
            heard.add(event.name());
        }
    }
}
