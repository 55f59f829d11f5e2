package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Connects the clients in the background when the application starts, and disconnects them when it stops. It can be
 * stopped and started again. A stop disconnects all clients in parallel, and waits until the listeners have received
 * their events. It takes at most twice the longest disconnect timeout, plus a second. Phase 0: before web server and
 * message listeners at the start, and after them at the stop.
 */
final class QmpClientLifecycle implements SmartLifecycle, ApplicationListener<ContextClosedEvent> {

    private static final SafeLog LOGGER = SafeLog.of(QmpClientLifecycle.class);

    private static final Duration GRACE = Duration.ofSeconds(1);

    private final DefaultQmpClients clients;
    private final ClientBeans beans;
    private final QmpListeners listeners;
    private final KeepAlive keepAlive;
    private final BooleanSupplier closing;
    private volatile boolean running;
    /**
     * The clients without {@code auto-startup} that the last stop has ended, and that the next start connects. A start
     * that fails does not change them, so that a further one connects them.
     */
    private volatile Set<QmpClient> stopped = Set.of();

    /**
     * Creates the lifecycle.
     *
     * @param closing whether the stop is part of the close of the context; otherwise a start may follow
     */
    QmpClientLifecycle(
            DefaultQmpClients clients,
            ClientBeans beans,
            QmpListeners listeners,
            KeepAlive keepAlive,
            BooleanSupplier closing) {
        this.clients = clients;
        this.beans = beans;
        this.listeners = listeners;
        this.keepAlive = keepAlive;
        this.closing = closing;
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
        listeners.createLazyBeans();
        beans.adoptInto(clients);
        running = true;
        List<ManagedClient> wanted = clients.started().stream()
                .filter(managed -> managed.autoStartup() || stopped.contains(managed.client()))
                .toList();
        List<RequiredSession> required = wanted.stream()
                .filter(this::isRequired)
                .map(RequiredSession::of)
                .toList();
        wanted.stream().filter(managed -> !isRequired(managed)).forEach(clients::begin);
        try {
            required.forEach(RequiredSession::await);
        } catch (QmpFailFastException e) {
            boolean interrupted = Thread.interrupted(); // an interrupt would keep the stop from waiting
            disconnectAll(clients.stopped());
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            throw e;
        }
        keepAlive.begin();
    }

    /** {@return whether the start fails without the session} In a fleet, another instance may be the owner. */
    private boolean isRequired(ManagedClient managed) {
        return managed.failFast() && managed.autoStartup() && !clients.isFleet();
    }

    @Override
    public void stop() {
        List<ManagedClient> all = clients.stopped();
        if (running) {
            stopped = all.stream()
                    .filter(managed -> !managed.autoStartup() && managed.isStarted())
                    .map(ManagedClient::client)
                    .collect(Collectors.toUnmodifiableSet());
        }
        disconnectAll(all);
    }

    private void disconnectAll(List<ManagedClient> all) {
        running = false;
        keepAlive.end();
        CompletableFuture<?>[] disconnects =
                all.stream().map(ManagedClient::disconnect).toArray(CompletableFuture<?>[]::new);
        Duration longest = all.stream()
                .map(ManagedClient::disconnectTimeout)
                .reduce(Duration.ZERO, (one, other) -> one.compareTo(other) >= 0 ? one : other);
        // a disconnect waits once for the commands under way, and once for the peer's close
        Duration timeout = longest.multipliedBy(2).plus(GRACE);
        long deadline = System.nanoTime() + timeout.toNanos();
        if (!await(CompletableFuture.allOf(disconnects), deadline)) {
            LOGGER.warn("QMP connections did not close within " + timeout.toMillis() + " ms");
        }
        if (!await(clients.delivered(), deadline)) {
            LOGGER.warn("Listeners to QMP events were still busy after " + timeout.toMillis() + " ms");
        }
        if (closing.getAsBoolean()) {
            clients.endEvents(); // the listeners' beans are destroyed now
        }
    }

    /** Does the rest of the stop if the context was paused, because Spring does not stop the clients again. */
    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        if (!running && closing.getAsBoolean()) { // the event may be that of a child context
            clients.endEvents();
        }
    }

    /** {@return false if the deadline has passed} */
    private static boolean await(CompletableFuture<Void> end, long deadline) {
        try {
            end.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            LOGGER.warn("QMP connections failed to close", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
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
