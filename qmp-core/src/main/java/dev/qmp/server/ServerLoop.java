package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.TlsOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves one client after the other on one listening socket. */
final class ServerLoop {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Acceptor acceptor;
    private final CommandHandlers handlers;
    private final Dispatcher dispatcher;
    private final ServerProtocol protocol;
    private final Logger logger;
    private volatile boolean closed;

    private ServerLoop(
            String name, Acceptor acceptor, QmpGreeting greeting, CommandHandlers handlers, EventLoops eventLoops) {
        this.acceptor = acceptor;
        this.handlers = handlers;
        this.logger = LoggerFactory.getLogger("dev.qmp.server." + name);
        this.dispatcher = new Dispatcher(handlers, this::deliver, logger);
        ProtocolOptions options = ProtocolOptions.builder("server." + name)
                .eventLoops(eventLoops)
                .disconnectTimeout(Duration.ofSeconds(1))
                .maxOutboundSize(Integer.MAX_VALUE)
                .maxMessageSize(64 * 1024 * 1024)
                .build();
        this.protocol = new ServerProtocol(options, greeting, this::dispatch, this::clientLeft);
    }

    static ServerLoop start(
            String name,
            Endpoint endpoint,
            QmpGreeting greeting,
            CommandHandlers handlers,
            EventLoops eventLoops,
            @Nullable TlsOptions tls) {
        try {
            Acceptor acceptor = Acceptor.bind(endpoint, eventLoops, tls).join();
            ServerLoop loop = new ServerLoop(name, acceptor, greeting, handlers, eventLoops);
            loop.acceptNext();
            return loop;
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    Endpoint endpoint() {
        return acceptor.endpoint();
    }

    CommandHandlers handlers() {
        return handlers;
    }

    boolean hasClient() {
        return protocol.hasNegotiated();
    }

    void emit(QmpEvent event) {
        protocol.emit(event);
    }

    private void acceptNext() {
        if (closed) {
            return;
        }
        acceptor.accept().whenComplete((connection, failure) -> {
            if (connection != null) {
                serve(connection);
            } else if (!closed) {
                logger.warn("Cannot accept a client: {}", failure.getMessage());
                acceptNext();
            }
        });
    }

    private void serve(Connection connection) {
        logger.debug("Serving {}", connection.peer());
        protocol.connect(connection).exceptionally(failure -> {
            logger.debug("No session with {}: {}", connection.peer(), failure.getMessage());
            return null;
        });
    }

    private void dispatch(ServerProtocol client, QmpCommand command) {
        handlers.record(command);
        dispatcher.submit(command);
    }

    /** The reply goes to whoever is connected now: so does QEMU's. */
    private void deliver(QmpReply reply) {
        protocol.reply(reply);
    }

    private void clientLeft() {
        dispatcher.clear();
        acceptNext();
    }

    CompletableFuture<Void> disconnectClient() {
        return protocol.runstate() == Runstate.IDLE
                ? CompletableFuture.completedFuture(null)
                : protocol.disconnect().exceptionally(failure -> null);
    }

    void close() {
        closed = true;
        acceptor.close();
        try {
            protocol.disconnect().exceptionally(failure -> null).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            logger.warn("The server did not close within {} ms", PATIENCE.toMillis());
        }
        dispatcher.close();
    }
}
