package dev.qmp.server;

import dev.qmp.error.Text;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.TlsOptions;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Where clients come in, one when asked. It can be shut, and opened again at the same
 * place, by one thread at a time.
 */
final class Entrance {

    private final EventLoops eventLoops;
    private final @Nullable TlsOptions tls;
    private final Consumer<Connection> guests;
    private final Logger logger;
    private volatile Endpoint endpoint;
    private volatile @Nullable Acceptor acceptor;

    Entrance(
            Endpoint endpoint,
            EventLoops eventLoops,
            @Nullable TlsOptions tls,
            Consumer<Connection> guests,
            Logger logger) {
        this.endpoint = endpoint;
        this.eventLoops = eventLoops;
        this.tls = tls;
        this.guests = guests;
        this.logger = logger;
    }

    /** {@return where it is; with the real port once it was open} */
    Endpoint endpoint() {
        return endpoint;
    }

    /** Listens, and asks the first client in. */
    void open() {
        try {
            Acceptor bound = Acceptor.bind(endpoint, eventLoops, tls).join();
            endpoint = bound.endpoint();
            acceptor = bound;
            admitNext();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Asks the next client in, unless it is shut. */
    void admitNext() {
        Acceptor current = acceptor;
        if (current == null) {
            return;
        }
        current.accept().whenComplete((connection, failure) -> {
            if (connection != null) {
                guests.accept(connection);
            } else if (current == acceptor && mayGoOn(failure)) {
                logger.warn("Cannot accept a client: {}", Text.messageOf(failure));
                admitNext();
            }
        });
    }

    /** Not where one is asked in already, or the event loops are closed. */
    private static boolean mayGoOn(Throwable failure) {
        return !(failure instanceof IllegalStateException)
                && !(failure instanceof QmpConnectException refused && !refused.isRetryable());
    }

    /** Stops listening; whoever waits at the door is turned away. */
    void shut() {
        Acceptor current = acceptor;
        acceptor = null;
        if (current != null) {
            current.close();
        }
    }
}
