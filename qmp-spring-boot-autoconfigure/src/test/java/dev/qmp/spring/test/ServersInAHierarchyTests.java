package dev.qmp.spring.test;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnection;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.ContextHierarchy;
import org.springframework.test.context.NestedTestConfiguration;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** The contexts of a hierarchy share the servers, because a child uses the clients of its parent. */
class ServersInAHierarchyTests {

    /** The class of the parent lacks the annotation. */
    @Test
    void aParentWithRealMachinesIsRefused() {
        TestContext test = new TestContextManager(BelowRealMachines.class).getTestContext();
        assertThatIllegalStateException()
                .isThrownBy(test::getApplicationContext)
                .havingRootCause()
                .withMessage("the parent context has the QMP connections [vm-2], which are real machines;"
                        + " annotate the class that declares it with @AutoConfigureQmpServer, too");
    }

    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy(@ContextConfiguration(classes = Application.class))
    @TestPropertySource(
            properties = {"qmp.connection.vm-2.address=tcp:nowhere:2", "qmp.connection.vm-2.auto-startup=false"})
    static class AboveServers {}

    @AutoConfigureQmpServer
    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy(@ContextConfiguration(classes = FurtherApplication.class))
    static class BelowRealMachines extends AboveServers {}

    @Test
    void aSchemaThatTheServersOfTheParentLackIsRefused() {
        TestContext test = new TestContextManager(WithSchemaInTheChild.class).getTestContext();
        assertThatIllegalStateException()
                .isThrownBy(test::getApplicationContext)
                .havingRootCause()
                .withMessage("@AutoConfigureQmpServer has the schema '7.2', but its context uses the servers of its"
                        + " parent context, whose schema is ''; set the schema in the annotation of the class that"
                        + " declares the parent");
    }

    @AutoConfigureQmpServer(schema = "7.2")
    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy(@ContextConfiguration(classes = Application.class))
    static class WithSchemaInTheChild extends BelowAnEmptyContextOfBoot {}

    /** The expectations of a test in any hierarchy. */
    abstract static class Expectations {

        @Autowired
        QmpServer server;

        @Autowired
        QmpServers servers;

        @Autowired
        QmpClient client;

        @Autowired
        ApplicationContext context;

        @Test
        void theServerIsThatOfTheClient() {
            assertThat(server.endpoint()).isEqualTo(client.endpoint());
            assertThat(server).isSameAs(servers.get(client.name()));
            assertThat(server.hasClient()).isTrue();
            assertThat(servers.names()).contains(client.name());
        }

        @Test
        void aConnectionThatTheChildAddsIsRedirected() {
            servers.get("late").handle("stop", CommandHandler.returning(Map.of()));
            QmpClients clients = context.getBean(QmpClients.class);
            QmpClient late = clients.add("late", "tcp:nowhere:3");
            Awaitility.await().until(() -> late.runstate() == Runstate.RUNNING);
            late.blocking().execute("stop");
            clients.remove("late").join();
        }

        /** The second repetition needs a client that is connected again. */
        @RepeatedTest(2)
        void theNextTestHasTheSessionAgain() {
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
            assertThat(server.received()).isEmpty();
            server.handle("quit", CommandHandler.hangingUp());
            client.execute("quit").handle((reply, failure) -> failure).join();
        }
    }

    /** Boot's loader sets the parent of a context after it has customized the context. */
    @Nested
    @NestedTestConfiguration(NestedTestConfiguration.EnclosingConfiguration.OVERRIDE)
    @AutoConfigureQmpServer
    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy({
        @ContextConfiguration(classes = Application.class),
        @ContextConfiguration(classes = FurtherApplication.class)
    })
    @TestPropertySource(properties = "qmp.connection.vm-2.address=tcp:nowhere:2")
    class OfBoot extends Expectations {

        @Test
        void theServerIsSelectedAsItsClientIs(
                @Autowired @QmpConnection("vm-2") QmpServer selected, @Autowired Map<String, QmpServer> all) {
            assertThat(selected).isSameAs(server);
            assertThat(all).containsOnlyKeys("vm-2QmpServer");
        }
    }

    @Nested
    @NestedTestConfiguration(NestedTestConfiguration.EnclosingConfiguration.OVERRIDE)
    @AutoConfigureQmpServer
    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy({
        @ContextConfiguration(classes = Application.class),
        @ContextConfiguration(classes = FurtherApplication.class)
    })
    class OfBootWithoutConfiguration extends Expectations {}

    /** The plain loader of Spring sets the parent before. */
    @Nested
    @NestedTestConfiguration(NestedTestConfiguration.EnclosingConfiguration.OVERRIDE)
    @AutoConfigureQmpServer
    @SpringJUnitConfig
    @ContextHierarchy({
        @ContextConfiguration(classes = Application.class),
        @ContextConfiguration(classes = FurtherApplication.class)
    })
    @TestPropertySource(properties = "qmp.connection.vm-2.address=tcp:nowhere:2")
    class OfSpring extends Expectations {}

    /** The parent has the servers, and the child the clients. */
    @Nested
    @NestedTestConfiguration(NestedTestConfiguration.EnclosingConfiguration.OVERRIDE)
    @AutoConfigureQmpServer
    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy({@ContextConfiguration(classes = Empty.class), @ContextConfiguration(classes = Application.class)
    })
    @TestPropertySource(properties = "qmp.connection.vm-2.address=tcp:nowhere:2")
    class WithClientsInTheChild extends Expectations {}

    @Nested
    @NestedTestConfiguration(NestedTestConfiguration.EnclosingConfiguration.OVERRIDE)
    @AutoConfigureQmpServer
    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy({@ContextConfiguration(classes = Empty.class), @ContextConfiguration(classes = Application.class)
    })
    class WithClientsInTheChildWithoutConfiguration extends Expectations {}

    @AutoConfigureQmpServer
    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy(@ContextConfiguration(classes = Empty.class))
    abstract static class BelowAnEmptyContextOfBoot extends Expectations {}

    /** The default connection of the parent is none of the child. */
    @Nested
    @NestedTestConfiguration(NestedTestConfiguration.EnclosingConfiguration.OVERRIDE)
    @ContextHierarchy(@ContextConfiguration(classes = Application.class))
    @TestPropertySource(properties = "qmp.connection.db1.address=tcp:nowhere:2")
    class WithConfigurationInTheChildOfBoot extends BelowAnEmptyContextOfBoot {}

    @AutoConfigureQmpServer
    @SpringJUnitConfig
    @ContextHierarchy(@ContextConfiguration(classes = Empty.class))
    abstract static class BelowAnEmptyContextOfSpring extends Expectations {}

    @Nested
    @NestedTestConfiguration(NestedTestConfiguration.EnclosingConfiguration.OVERRIDE)
    @ContextHierarchy(@ContextConfiguration(classes = Application.class))
    @TestPropertySource(properties = "qmp.connection.db1.address=tcp:nowhere:2")
    class WithConfigurationInTheChildOfSpring extends BelowAnEmptyContextOfSpring {}

    @SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @ContextHierarchy(@ContextConfiguration(classes = ApplicationWithItsOwnServer.class))
    abstract static class BelowAServer {}

    /** The parent lacks the annotation, and its only machine is in the process. */
    @Nested
    @NestedTestConfiguration(NestedTestConfiguration.EnclosingConfiguration.OVERRIDE)
    @AutoConfigureQmpServer
    @ContextHierarchy(@ContextConfiguration(classes = FurtherApplication.class))
    class WithAServerOfTheParentItself extends BelowAServer {

        @Test
        void theClientOfTheParentIsConnected(@Autowired ApplicationContext context) {
            QmpServer server = requireNonNull(context.getParent()).getBean(QmpServer.class);
            Awaitility.await().until(server::hasClient);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class ApplicationWithItsOwnServer {

        @Bean
        QmpServer machine() {
            return QmpServer.builder(Endpoint.tcp("127.0.0.1", 0)).start();
        }

        @Bean
        QmpClient own(QmpServer machine) {
            return QmpClient.builder(machine.endpoint()).name("own").build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class FurtherApplication {}

    @Configuration(proxyBeanMethods = false)
    static class Empty {}
}
