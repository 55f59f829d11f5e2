package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.HazelcastInstance;
import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpMachine;
import dev.qmp.spring.QmpOwnerChangedEvent;
import dev.qmp.spring.test.AutoConfigureQmpServer;
import dev.qmp.spring.test.QmpServers;
import dev.qmp.testing.FreePort;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A test with in-process servers, while a fleet in production holds the application's machines. */
@Timeout(120)
@AutoConfigureQmpServer
@DirtiesContext
@ExtendWith(OutputCaptureExtension.class)
@SpringBootTest(
        classes = FleetNode.Application.class,
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = "logging.level.dev.qmp.spring.test=info")
class FleetIsolationTests {

    /** The ids of instances are random: of so many machines, each of two instances would hold some. */
    private static final int MACHINES = 20;

    private static final String CLUSTER = "isolation-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    private static final Map<String, QmpServer> MACHINES_IN_PRODUCTION = new TreeMap<>();

    private static FleetNode production;

    @BeforeAll
    static void startProduction() {
        for (int i = 0; i < MACHINES; i++) {
            MACHINES_IN_PRODUCTION.put(
                    "vm" + i, QmpServer.builder(Endpoint.tcp("127.0.0.1", 0)).start());
        }
        Map<String, String> addresses = new LinkedHashMap<>();
        MACHINES_IN_PRODUCTION.forEach(
                (name, machine) -> addresses.put(name, machine.endpoint().toString()));
        production = FleetNode.start(CLUSTER, List.of(FreePort.find()), addresses, Map.of());
        await().untilAsserted(FleetIsolationTests::assertProductionHoldsAll);
    }

    @AfterAll
    static void endProduction() {
        production.end();
        MACHINES_IN_PRODUCTION.values().forEach(QmpServer::close);
    }

    /** The configuration of production, in the sources that are added last. */
    @DynamicPropertySource
    static void asInProduction(DynamicPropertyRegistry properties) {
        properties.add("qmp.fleet.enabled", () -> true);
        properties.add("test.cluster", () -> CLUSTER);
        properties.add("test.ports", () -> FreePort.find() + "," + production.port());
        MACHINES_IN_PRODUCTION.forEach((name, machine) -> properties.add(
                "qmp.connection." + name + ".address", () -> machine.endpoint().toString()));
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(30));
    }

    private static void assertProductionHoldsAll() {
        assertThat(production.running()).isEqualTo(MACHINES_IN_PRODUCTION.keySet());
        assertThat(production.fleet().machines().values())
                .hasSize(MACHINES)
                .extracting(QmpMachine::owner)
                .containsOnly(production.id());
    }

    @Test
    void input28ATestTakesNoMachineOfTheFleet(
            @Autowired HazelcastInstance member,
            @Autowired ObjectProvider<QmpFleet> fleet,
            @Autowired QmpClients clients,
            @Autowired QmpServers servers,
            CapturedOutput output) {
        await().until(() -> member.getCluster().getMembers().size() == 2);
        assertThat(fleet.getIfAvailable()).isNull();
        assertThat(output).contains("@AutoConfigureQmpServer ignores qmp.fleet.enabled=true");
        for (QmpClient client : clients.asMap().values()) {
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
            assertThat(client.endpoint()).isEqualTo(servers.get(client.name()).endpoint());
        }
        assertProductionHoldsAll();
        // the member of the test has been in the cluster for as long as its machines have run, and none has moved
        assertThat(production.events(QmpOwnerChangedEvent.class))
                .hasSize(MACHINES)
                .allSatisfy(event -> assertThat(event.getOwner()).isEqualTo(production.id()));
    }
}
