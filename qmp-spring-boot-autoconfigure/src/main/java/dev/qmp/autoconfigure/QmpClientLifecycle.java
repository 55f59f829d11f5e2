package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
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
    private final ObjectProvider<QmpClient> beans;
    /** A new one for each start, null when stopped: a delayed attempt of an earlier start knows that it is not wanted. */
    private volatile @Nullable Object run;

    QmpClientLifecycle(DefaultQmpClients clients, ObjectProvider<QmpClient> beans) {
        this.clients = clients;
        this.beans = beans;
    }

    @Override
    public int getPhase() {
        return 0;
    }

    @Override
    public boolean isRunning() {
        return run != null;
    }

    @Override
    public void start() {
        // also makes the lazy ones, and finds those that are no default candidates
        beans.stream(ObjectProvider.UNFILTERED).forEach(clients::adopt);
        Object thisRun = new Object();
        run = thisRun;
        List<ManagedClient> wanted =
                clients.started().stream().filter(ManagedClient::autoStartup).toList();
        Map<ManagedClient, CompletableFuture<Void>> required = new LinkedHashMap<>();
        wanted.stream()
                .filter(ManagedClient::failFast)
                .forEach(managed -> required.put(managed, managed.client().connect()));
        startSpread(wanted.stream().filter(managed -> !managed.failFast()).toList(), thisRun);
        awaitRequired(required);
    }

    private void startSpread(List<ManagedClient> others, Object thisRun) {
        for (int i = 0; i < others.size(); i++) {
            QmpClient client = others.get(i).client();
            if (i < AT_ONCE) {
                client.start();
            } else {
                CompletableFuture.delayedExecutor(i - AT_ONCE, TimeUnit.MILLISECONDS)
                        .execute(() -> startUnlessStopped(client, thisRun));
            }
        }
    }

    /** Looks again afterwards: a stop may have come in between, and must win. */
    private void startUnlessStopped(QmpClient client, Object thisRun) {
        if (run == thisRun) {
            client.start();
            if (run == null) {
                client.disconnect();
            }
        }
    }

    /** Every attempt has deadlines of its own, so that this ends. */
    private void awaitRequired(Map<ManagedClient, CompletableFuture<Void>> required) {
        required.forEach((managed, connected) -> {
            try {
                connected.get();
            } catch (ExecutionException e) {
                stop();
                throw new QmpFailFastException(managed.name(), managed.client().endpoint(), cause(e));
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
        run = null;
        List<ManagedClient> all = clients.stopped();
        CompletableFuture<?>[] disconnects = all.stream()
                .map(managed -> managed.client().disconnect().exceptionally(failure -> null))
                .toArray(CompletableFuture<?>[]::new);
        Duration longest = all.stream()
                .map(ManagedClient::disconnectTimeout)
                .reduce(Duration.ZERO, (one, other) -> one.compareTo(other) >= 0 ? one : other);
        await(CompletableFuture.allOf(disconnects), longest.plus(GRACE));
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
