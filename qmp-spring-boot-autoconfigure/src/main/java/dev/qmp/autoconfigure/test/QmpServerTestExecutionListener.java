package dev.qmp.autoconfigure.test;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.autoconfigure.QmpClients;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import java.time.Duration;
import java.util.Map;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.support.AbstractTestExecutionListener;

/** Resets the servers after each test method, and has the clients that were cut off come back before the next one. */
final class QmpServerTestExecutionListener extends AbstractTestExecutionListener {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    @Override
    public void afterTestMethod(TestContext testContext) throws InterruptedException {
        AutoConfigureQmpServer annotation = TestContextAnnotationUtils.findMergedAnnotation(
                testContext.getTestClass(), AutoConfigureQmpServer.class);
        if (annotation == null || !annotation.reset() || !testContext.hasApplicationContext()) {
            return;
        }
        ApplicationContext context = testContext.getApplicationContext();
        Map<String, QmpServer> servers = context.getBean(QmpTestServers.class).byConnection();
        servers.values().forEach(QmpServer::reset);
        QmpClients clients = context.getBeanProvider(QmpClients.class).getIfAvailable();
        if (clients != null) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            for (Map.Entry<String, QmpServer> server : servers.entrySet()) {
                QmpClient client = clients.find(server.getKey()).orElse(null);
                while (client != null && isComingBack(client, server.getValue()) && System.nanoTime() < deadline) {
                    Thread.sleep(LOOK_AGAIN.toMillis());
                }
            }
        }
    }

    /** Both sides are asked, since the client may not know yet; one that was disconnected on purpose has no error. */
    private static boolean isComingBack(QmpClient client, QmpServer server) {
        QmpClientStatus status = client.status();
        return status.runstate() == Runstate.RUNNING
                ? !server.hasClient()
                : status.runstate() != Runstate.IDLE || status.lastError() != null;
    }
}
