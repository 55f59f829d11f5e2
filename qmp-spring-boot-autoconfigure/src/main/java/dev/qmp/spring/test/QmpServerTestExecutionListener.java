package dev.qmp.spring.test;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import java.time.Duration;
import java.util.Map;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.support.AbstractTestExecutionListener;

/**
 * Resets the servers after each test method. Before and after each test method it waits for the connections that are
 * being made, so that no test meets a client that an earlier one has cut off.
 */
final class QmpServerTestExecutionListener extends AbstractTestExecutionListener {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    @Override
    public void beforeTestMethod(TestContext testContext) throws InterruptedException {
        if (isToBeReset(testContext)) {
            awaitClients(testContext.getApplicationContext());
        }
    }

    @Override
    public void afterTestMethod(TestContext testContext) throws InterruptedException {
        if (isToBeReset(testContext)) {
            ApplicationContext context = testContext.getApplicationContext();
            context.getBean(QmpServers.class).reset();
            awaitClients(context);
        }
    }

    private static boolean isToBeReset(TestContext testContext) {
        AutoConfigureQmpServer annotation = TestContextAnnotationUtils.findMergedAnnotation(
                testContext.getTestClass(), AutoConfigureQmpServer.class);
        return annotation != null && annotation.reset() && testContext.hasApplicationContext();
    }

    private static void awaitClients(ApplicationContext context) throws InterruptedException {
        QmpClients clients = context.getBeanProvider(QmpClients.class).getIfAvailable();
        if (clients == null) {
            return;
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (Map.Entry<String, QmpServer> server :
                context.getBean(QmpServers.class).asMap().entrySet()) {
            QmpClient client = clients.find(server.getKey()).orElse(null);
            while (client != null && isConnecting(client, server.getValue()) && System.nanoTime() < deadline) {
                Thread.sleep(LOOK_AGAIN.toMillis());
            }
        }
    }

    /**
     * Asks both sides, because the client may not have noticed a cut yet. A client that was disconnected on purpose
     * has no error.
     */
    private static boolean isConnecting(QmpClient client, QmpServer server) {
        QmpClientStatus status = client.status();
        return status.runstate() == Runstate.RUNNING
                ? !server.hasClient()
                : status.runstate() != Runstate.IDLE || status.reconnecting() || status.lastError() != null;
    }
}
