package dev.qmp.server;

import dev.qmp.error.Text;
import dev.qmp.internal.engine.LineLimit;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Accepts the clients of a server, one for each request. If that fails, it tries again after a pause, because the cause
 * can last, such as a lack of file descriptors. It can be closed and opened again at the same endpoint, by one thread
 * at a time.
 */
final class ServerAcceptor {

    private static final Duration RETRY_PAUSE = Duration.ofMillis(100);
    private static final Duration LOG_PAUSE = Duration.ofSeconds(10);

    private final Binder binder;
    /** Runs a task when the pause is over. */
    private final Executor afterPause;

    private final Consumer<Connection> clients;
    private final Logger logger;
    private final LineLimit lines = new LineLimit(LOG_PAUSE);
    private volatile Endpoint endpoint;
    private volatile @Nullable Acceptor acceptor;

    /** Listens at an endpoint. */
    interface Binder {
        CompletableFuture<Acceptor> bind(Endpoint endpoint);
    }

    ServerAcceptor(Endpoint endpoint, Binder binder, Consumer<Connection> clients, Logger logger) {
        this(
                endpoint,
                binder,
                CompletableFuture.delayedExecutor(RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS),
                clients,
                logger);
    }

    ServerAcceptor(Endpoint endpoint, Binder binder, Executor afterPause, Consumer<Connection> clients, Logger logger) {
        this.endpoint = endpoint;
        this.binder = binder;
        this.afterPause = afterPause;
        this.clients = clients;
        this.logger = logger;
    }

    /** {@return the endpoint; with the real port after the first {@link #open()}} */
    Endpoint endpoint() {
        return endpoint;
    }

    /** Listens, and accepts the first client. */
    void open() {
        try {
            Acceptor bound = binder.bind(endpoint).join();
            endpoint = bound.endpoint();
            acceptor = bound;
            acceptNext();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Accepts the next client, unless the server is closed. */
    void acceptNext() {
        Acceptor current = acceptor;
        if (current != null) {
            accept(current);
        }
    }

    private void accept(Acceptor current) {
        current.accept().whenComplete((connection, failure) -> {
            if (connection != null) {
                clients.accept(connection);
            } else if (current == acceptor && mayRetry(failure)) {
                lines.log(logger, Level.WARN, "Cannot accept a client: {}", Text.messageOf(failure));
                afterPause.execute(() -> {
                    if (current == acceptor) {
                        accept(current);
                    }
                });
            }
        });
    }

    /** {@return false if another accept is pending already, or the event loops are closed} */
    private static boolean mayRetry(Throwable failure) {
        return !(failure instanceof IllegalStateException)
                && !(failure instanceof QmpConnectException refused && !refused.isRetryable());
    }

    /** Stops listening. Clients that wait in the backlog are disconnected. */
    void close() {
        Acceptor current = acceptor;
        acceptor = null;
        if (current != null) {
            current.close();
        }
    }
}
