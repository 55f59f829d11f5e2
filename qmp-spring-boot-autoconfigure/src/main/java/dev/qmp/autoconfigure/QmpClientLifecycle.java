package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;

/**
 * Connects the clients when the application starts, in the background, and disconnects them when it stops; can be stopped
 * and started again. Phase 0: before web server and message listeners, and after them when stopping.
 */
final class QmpClientLifecycle implements SmartLifecycle {

    private static final Log LOGGER = LogFactory.getLog(QmpClientLifecycle.class);

    /** As many may begin at the same moment; beyond, one each millisecond: a fleet is not to be stormed. */
    private static final int AT_ONCE = 32;

    private static final Duration GRACE = Duration.ofSeconds(1);

    private final DefaultQmpClients clients;
    private final QmpClientFactory factory;
    private final ObjectProvider<QmpClient> beans;
    private volatile boolean running;

    QmpClientLifecycle(DefaultQmpClients clients, QmpClientFactory factory, ObjectProvider<QmpClient> beans) {
        this.clients = clients;
        this.factory = factory;
        this.beans = beans;
    }

    @Override
    public int getPhase() {
        return 0;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public void start() {
        beans.stream(client -> true).forEach(clients::adopt);
        running = true;
        clients.started(true);
        Map<QmpClient, CompletableFuture<Void>> required = new LinkedHashMap<>();
        List<QmpClient> others = new ArrayList<>();
        clients.asMap().forEach((name, client) -> {
            if (!factory.knows(name)) {
                return; // the application made it, and connects it
            }
            QmpConnectionSettings settings = factory.settings(name);
            if (settings.isAutoStartup() && settings.isFailFast()) {
                required.put(client, client.connect());
            } else if (settings.isAutoStartup()) {
                others.add(client);
            }
        });
        startSpread(others);
        awaitRequired(required);
    }

    private void startSpread(List<QmpClient> others) {
        for (int i = 0; i < others.size(); i++) {
            QmpClient client = others.get(i);
            if (i < AT_ONCE) {
                client.start();
            } else {
                CompletableFuture.delayedExecutor(i - AT_ONCE, TimeUnit.MILLISECONDS)
                        .execute(() -> {
                            if (running) {
                                client.start();
                            }
                        });
            }
        }
    }

    /** Every attempt has deadlines of its own, so that this ends. */
    private void awaitRequired(Map<QmpClient, CompletableFuture<Void>> required) {
        required.forEach((client, connected) -> {
            try {
                connected.get();
            } catch (ExecutionException e) {
                stop();
                throw new QmpFailFastException(client.name(), client.endpoint(), cause(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static Throwable cause(ExecutionException failure) {
        Throwable cause = failure.getCause();
        return cause == null ? failure : cause;
    }

    @Override
    public void stop() {
        running = false;
        clients.started(false);
        Duration longest = GRACE;
        List<CompletableFuture<Void>> disconnects = new ArrayList<>();
        for (Map.Entry<String, QmpClient> entry : clients.asMap().entrySet()) {
            disconnects.add(entry.getValue().disconnect().exceptionally(failure -> null));
            if (factory.knows(entry.getKey())) {
                Duration own =
                        factory.settings(entry.getKey()).disconnectTimeout().plus(GRACE);
                longest = own.compareTo(longest) > 0 ? own : longest;
            }
        }
        await(CompletableFuture.allOf(disconnects.toArray(CompletableFuture[]::new)), longest);
    }

    private static void await(CompletableFuture<Void> disconnected, Duration timeout) {
        try {
            disconnected.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOGGER.warn("QMP connections did not close within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            LOGGER.warn("QMP connections did not close in order", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop(Runnable callback) {
        try {
            stop();
        } finally {
            callback.run();
        }
    }
}
