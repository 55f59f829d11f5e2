package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.server.ServerFault;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnection;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;

/** A client whose attempts were ended by a test has a session again in the next test. */
@AutoConfigureQmpServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = {
            "qmp.connection.vm1.address=tcp:nowhere:1",
            "qmp.connection.once.address=tcp:nowhere:2",
            "qmp.connection.once.reconnect.enabled=false",
            "qmp.connection.manual.address=tcp:nowhere:3",
            "qmp.connection.manual.auto-startup=false"
        })
class SessionsBetweenTestsTests {

    /** Less than the sum of the waits, if each test waited for a client that makes no attempt. */
    private static final Duration SOON = Duration.ofSeconds(30);

    @Autowired
    @QmpConnection("vm1")
    private QmpClient vm1;

    @Autowired
    @QmpConnection("once")
    private QmpClient once;

    @Autowired
    @QmpConnection("manual")
    private QmpClient manual;

    @Autowired
    @QmpConnection("vm1")
    private QmpServer server;

    @Autowired
    @QmpConnection("once")
    private QmpServer serverOfOnce;

    @Autowired
    @QmpConnection("manual")
    private QmpServer serverOfManual;

    @Autowired
    private QmpClients clients;

    private long begin;

    @BeforeAll
    void begin() {
        begin = System.nanoTime();
    }

    @AfterAll
    void noTestWaitsForAClientThatMakesNoAttempt() {
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SOON);
    }

    @BeforeEach
    void theSessionsAreThere() {
        assertThat(vm1.runstate()).isEqualTo(Runstate.RUNNING);
        assertThat(vm1.status().reconnecting()).isTrue();
        assertThat(once.runstate()).isEqualTo(Runstate.RUNNING);
        assertThat(manual.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @Order(Integer.MIN_VALUE)
    void afterTheFailureOfAnAttemptOfItsOwn() {
        serverOfManual.inject(ServerFault.HANGS_UP);
        assertThatExceptionOfType(QmpConnectException.class)
                .isThrownBy(() -> manual.blocking().connect());
        assertThat(manual.status().lastError()).isNotNull();
    }

    @Test
    void afterADisconnect() {
        vm1.blocking().disconnect();
    }

    @Test
    void afterAnotherMachine() {
        server.handle(
                "query-uuid",
                CommandHandler.returning(Map.of("UUID", UUID.randomUUID().toString())));
        server.disconnectClient();
        Awaitility.await()
                .until(() -> vm1.runstate() == Runstate.IDLE && !vm1.status().reconnecting());
    }

    @Test
    void afterAMachineThatTheTestHasAccepted() throws Exception {
        vm1.blocking().disconnect();
        server.handle(
                "query-uuid",
                CommandHandler.returning(Map.of("UUID", UUID.randomUUID().toString())));
        vm1.blocking().connect();
        server.handle("quit", CommandHandler.hanging());
        vm1.execute("quit");
        server.awaitReceived("quit", Duration.ofSeconds(10)); // so that the reset cuts this session
    }

    @Test
    void afterTheEndOfASessionWithoutReconnecting() {
        serverOfOnce.handle("quit", CommandHandler.hangingUp());
        assertThatExceptionOfType(OutcomeUnknownException.class)
                .isThrownBy(() -> once.blocking().execute("quit"));
    }

    /** The client may notice the cut after the test. */
    @Test
    void afterACutWithoutReconnecting() {
        serverOfOnce.disconnectClient().join();
    }

    @Test
    void afterARemoval() {
        QmpClient added = clients.add("added", "tcp:nowhere:4");
        Awaitility.await().until(() -> added.runstate() == Runstate.RUNNING);
        clients.remove("added").join();
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void afterAllOthers() {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}
}
