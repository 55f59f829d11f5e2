package dev.qmp.server;

import dev.qmp.error.Text;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.TlsOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Serves one client after the other on one listening socket. */
final class ServerLoop {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /**
     * A lock instead of {@code synchronized}, which would pin a virtual thread, because the thread waits for a client
     * while it holds the lock.
     */
    private final ReentrantLock lock = new ReentrantLock();

    /** The present faults. All parts of the server read them, from any thread. */
    private final Set<ServerFault> faults = ConcurrentHashMap.newKeySet();

    private final ServerRole role;
    private final CommandHandlers handlers;
    private final ActivitySignal activity;
    private final ServerAcceptor acceptor;
    private final ServerProtocol protocol;
    private final Logger logger;
    private final FailureLog failures;
    private volatile Dispatcher dispatcher;
    private volatile boolean closed;

    private ServerLoop(
            String name,
            Endpoint endpoint,
            ServerRole role,
            Map<String, CommandHandler> handlers,
            EventLoops eventLoops,
            @Nullable TlsOptions tls) {
        this.role = role;
        this.activity = new ActivitySignal();
        this.handlers = new CommandHandlers(handlers, activity, role);
        this.logger = ConnectionLogger.of(QmpServer.class, name);
        this.failures = new FailureLog(logger);
        this.acceptor =
                new ServerAcceptor(endpoint, place -> Acceptor.bind(place, eventLoops, tls), this::serve, logger);
        ProtocolOptions options = ProtocolOptions.builder("server." + name)
                .eventLoops(eventLoops)
                .disconnectTimeout(Duration.ofSeconds(1))
                .maxOutboundSize(Integer.MAX_VALUE)
                .maxMessageSize(64 * 1024 * 1024)
                .build();
        this.protocol = new ServerProtocol(options, role, faults, new ClientWatch());
        this.dispatcher = newDispatcher();
    }

    static ServerLoop start(
            String name,
            Endpoint endpoint,
            ServerRole role,
            Map<String, CommandHandler> handlers,
            EventLoops eventLoops,
            @Nullable TlsOptions tls) {
        ServerLoop loop = new ServerLoop(name, endpoint, role, handlers, eventLoops, tls);
        loop.acceptor.open();
        return loop;
    }

    private Dispatcher newDispatcher() {
        return new Dispatcher(protocol.name(), handlers, this::deliver, this::disconnectClient, failures);
    }

    Endpoint endpoint() {
        return acceptor.endpoint();
    }

    boolean isGuestAgent() {
        return role.guestAgent();
    }

    CommandHandlers handlers() {
        return handlers;
    }

    boolean hasClient() {
        return protocol.runstate() == Runstate.RUNNING && protocol.hasNegotiated();
    }

    void emit(QmpEvent event) {
        if (role.guestAgent()) {
            throw new IllegalStateException("a guest agent has no events; emit '" + Text.printable(event.name())
                    + "' on the machine's monitor");
        }
        protocol.emit(event);
    }

    private void serve(Connection connection) {
        logger.debug("Serving {}", connection.peer());
        protocol.connect(connection).exceptionally(failure -> {
            logger.debug("No session with {}: {}", connection.peer(), Text.messageOf(failure));
            connection.close();
            return null;
        });
    }

    /** The reply goes to the client that is connected now: so does QEMU's. */
    private void deliver(@Nullable QmpCommand command, QmpReply reply) {
        boolean delimited = role.guestAgent()
                && reply.error() == null
                && command != null
                && command.name().equals(AgentCommands.SYNC_DELIMITED);
        if (delimited) {
            protocol.replyDelimited(reply);
        } else {
            protocol.reply(reply);
        }
    }

    private final class ClientWatch implements ServerProtocol.Watch {

        @Override
        public void negotiated() {
            activity.changed();
        }

        @Override
        public void received(QmpCommand command) {
            handlers.record(command);
            while (!dispatcher.submit(command) && !closed) {
                Thread.onSpinWait(); // a reset has replaced the dispatcher, and closes the former one now
            }
        }

        @Override
        public void refused(QmpReply refusal) {
            while (!dispatcher.submit(refusal) && !closed) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void left() {
            dispatcher.clear();
            acceptor.acceptNext();
        }
    }

    QmpCommand awaitReceived(String command, Duration timeout) throws InterruptedException, TimeoutException {
        return activity.await(
                timeout, "no " + Text.printable(command) + " was received", () -> handlers.firstReceived(command));
    }

    void awaitClient(Duration timeout) throws InterruptedException, TimeoutException {
        activity.await(timeout, "no client was ready", () -> hasClient() ? this : null);
    }

    CompletableFuture<Void> disconnectClient() {
        return protocol.runstate() == Runstate.IDLE
                ? CompletableFuture.completedFuture(null)
                : protocol.disconnect().exceptionally(failure -> null);
    }

    /**
     * Makes a fault present. {@link ServerProtocol} applies it to later sessions; this method applies it to the
     * listening socket and to the present client.
     */
    Registration inject(ServerFault fault) {
        locked(() -> {
            if (faults.add(fault)) {
                if (fault == ServerFault.UNREACHABLE) {
                    acceptor.close();
                }
                if (fault == ServerFault.UNREACHABLE || fault == ServerFault.HANGS_UP) {
                    await(disconnectClient());
                }
            }
        });
        return () -> locked(() -> heal(fault));
    }

    private void heal(ServerFault fault) {
        if (faults.remove(fault) && !closed) {
            switch (fault) {
                case UNREACHABLE -> acceptor.open();
                case SILENT -> protocol.releaseHeld();
                case HANGS_UP, GARBLED, DEAF -> {}
            }
        }
    }

    /**
     * Resets the server between two tests. A client that waits for a reply or met a fault is disconnected, because it
     * could carry either into the next test. Any other client stays.
     */
    void reset() {
        locked(this::resetLocked);
    }

    private void resetLocked() {
        boolean faulty = !faults.isEmpty();
        Dispatcher former = dispatcher;
        dispatcher = newDispatcher();
        boolean owedNothing = former.close();
        handlers.reset();
        heal(ServerFault.HANGS_UP); // before the disconnect: the client reconnects at once
        heal(ServerFault.GARBLED);
        heal(ServerFault.DEAF);
        if (faulty || !owedNothing) {
            await(disconnectClient());
        }
        for (ServerFault fault : ServerFault.values()) {
            heal(fault);
        }
    }

    void close() {
        locked(() -> {
            closed = true;
            acceptor.close();
            await(protocol.disconnect().exceptionally(failure -> null));
            dispatcher.close();
        });
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    private void await(CompletableFuture<Void> quiet) {
        try {
            quiet.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            logger.warn("The client did not disconnect within {} ms", PATIENCE.toMillis());
        }
    }
}
