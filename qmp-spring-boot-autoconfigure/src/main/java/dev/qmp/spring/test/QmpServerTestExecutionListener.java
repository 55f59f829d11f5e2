package dev.qmp.spring.test;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.autoconfigure.ClientStarter;
import dev.qmp.autoconfigure.LocalBeans;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.support.AbstractTestExecutionListener;

/**
 * Resets the servers after each test method. Before and after each test method it waits for the connections that are
 * being made, and connects clients again whose attempts a test method has ended. So no test meets a client that an
 * earlier one has cut off. A client that had no session before any test method is left alone.
 */
final class QmpServerTestExecutionListener extends AbstractTestExecutionListener {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    @Override
    public void beforeTestMethod(TestContext testContext) throws InterruptedException {
        if (isToBeReset(testContext)) {
            ApplicationContext context = testContext.getApplicationContext();
            Set<QmpClient> connected = context.getBean(QmpServers.class).connected();
            awaitSessions(context).stream()
                    .filter(Connection::isRunning)
                    .map(Connection::client)
                    .forEach(connected::add);
        }
    }

    @Override
    public void afterTestMethod(TestContext testContext) throws InterruptedException {
        if (isToBeReset(testContext)) {
            ApplicationContext context = testContext.getApplicationContext();
            context.getBean(QmpServers.class).reset();
            awaitSessions(context);
        }
    }

    /** Waits for the connections that are being made, and then connects those again that a test method has ended. */
    private static List<Connection> awaitSessions(ApplicationContext context) throws InterruptedException {
        List<Connection> connections = connections(context);
        await(connections, Connection::isSettled);
        Set<QmpClient> connected = context.getBean(QmpServers.class).connected();
        List<Connection> ended = connections.stream()
                .filter(connection -> connection.isIdle() && connected.contains(connection.client))
                .toList();
        ended.forEach(Connection::restart);
        await(ended, Connection::isRunning);
        return connections;
    }

    private static boolean isToBeReset(TestContext testContext) {
        AutoConfigureQmpServer annotation = TestContextAnnotationUtils.findMergedAnnotation(
                testContext.getTestClass(), AutoConfigureQmpServer.class);
        return annotation != null && annotation.reset() && testContext.hasApplicationContext();
    }

    /**
     * {@return the connections of a context and of its parents, because a child uses the clients of its parent} A
     * client that a test has closed is left out, because it cannot be started again.
     */
    private static List<Connection> connections(ApplicationContext context) {
        Map<String, QmpServer> servers = context.getBean(QmpServers.class).asMap();
        List<Connection> connections = new ArrayList<>();
        for (ApplicationContext level = context; level != null; level = level.getParent()) {
            QmpClients clients = LocalBeans.find(level, QmpClients.class);
            if (clients instanceof ClientStarter starter) { // the registry is both
                clients.asMap().forEach((name, client) -> {
                    QmpServer server = servers.get(name);
                    if (server != null && !client.isClosed()) {
                        connections.add(new Connection(name, client, server, starter));
                    }
                });
            }
        }
        return connections;
    }

    private static void await(List<Connection> connections, Predicate<Connection> condition)
            throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (Connection connection : connections) {
            while (!condition.test(connection) && System.nanoTime() < deadline) {
                Thread.sleep(LOOK_AGAIN.toMillis());
            }
        }
    }

    /** A client with its server. Both sides are asked, because the client may not have noticed a cut yet. */
    private record Connection(String name, QmpClient client, QmpServer server, ClientStarter starter) {

        boolean isRunning() {
            return client.runstate() == Runstate.RUNNING && server.hasClient();
        }

        /** {@return whether the client makes no attempt, and will make none} */
        boolean isIdle() {
            QmpClientStatus status = client.status();
            return status.runstate() == Runstate.IDLE && !status.reconnecting();
        }

        boolean isSettled() {
            return isRunning() || isIdle();
        }

        /** The disconnect makes the client forget the machine of the test, which may have been another one. */
        void restart() {
            client.disconnect().whenComplete((nothing, failure) -> starter.start(name, client));
        }
    }
}
