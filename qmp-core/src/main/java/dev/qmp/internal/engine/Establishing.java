package dev.qmp.internal.engine;

import static java.util.Objects.requireNonNull;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The ways to a session: to dial, to listen and accept, to take a connection that is there. Each is an attempt under the
 * {@link AttemptGuard}, from its first step to RUNNING.
 *
 * @param <M> the protocol's message
 */
final class Establishing<M> {

    private final EngineContext<M> context;
    private final TransportOpener<M> transports;
    private final AttemptGuard guard;
    private final Listening listening;
    private final Supplier<SessionLink<M>> links;

    Establishing(
            EngineContext<M> context,
            TransportOpener<M> transports,
            AttemptGuard guard,
            Listening listening,
            Supplier<SessionLink<M>> links) {
        this.context = context;
        this.transports = transports;
        this.guard = guard;
        this.listening = listening;
        this.links = links;
    }

    // ------------------------------------------------------------------ the ways to a transport

    CompletableFuture<Void> dial(Endpoint endpoint) {
        return connect(Cancellable.NOTHING, link -> transports.dial(endpoint, link));
    }

    /** The connection has no other owner from here on, also while no transport has taken it. */
    CompletableFuture<Void> take(Connection connection) {
        return connect(connection::close, link -> transports.take(connection, link));
    }

    private CompletableFuture<Void> connect(Cancellable unstarted, Opener<M> opener) {
        return guard.begin(unstarted, (current, promise) -> open(current, promise, opener));
    }

    CompletableFuture<Endpoint> listen(Endpoint endpoint) {
        return guard.begin((current, promise) -> bind(current, endpoint, bound -> {
            guard.finish();
            guard.succeed(promise, bound.endpoint(), () -> listening.isOn(bound));
        }));
    }

    /** One attempt from the loop's first step to its last: the application's threads need not be free for it. */
    CompletableFuture<Void> listenAndAccept(Endpoint endpoint) {
        return guard.begin((current, promise) -> bind(current, endpoint, bound -> accept(current, promise, bound)));
    }

    CompletableFuture<Void> accept() {
        return guard.attempt(Runstate.CONNECTING, Cancellable.NOTHING, (current, promise) -> {
            Acceptor acceptor = listening.acceptor();
            accept(current, promise, requireNonNull(acceptor, "CONNECTING without an attempt is listening"));
        });
    }

    private void bind(Attempt current, Endpoint endpoint, Consumer<Acceptor> next) {
        guard.limit(current, context.options().connectTimeout());
        guard.step(current, () -> listening.begin(transports.bind(endpoint)), bound -> {
            listening.start(bound);
            next.accept(bound);
        });
    }

    /** Has no deadline before the peer is there. */
    private void accept(Attempt current, CompletableFuture<Void> promise, Acceptor acceptor) {
        current.deadline(Cancellable.NOTHING);
        guard.step(current, acceptor::accept, connection -> {
            listening.stop();
            open(current, promise, link -> transports.take(connection, link));
        });
    }

    // ------------------------------------------------------------------ from the transport to the session

    private void open(Attempt current, CompletableFuture<Void> promise, Opener<M> opener) {
        SessionLink<M> link = links.get();
        guard.limit(current, context.options().connectTimeout());
        guard.step(current, () -> opener.open(link), transport -> {
            link.open(transport);
            current.enter(ConnectPhase.GREETING, "the peer does not answer");
            guard.limit(current, context.options().handshakeTimeout());
            handshake(current, promise, link);
        });
    }

    private void handshake(Attempt current, CompletableFuture<Void> promise, SessionLink<M> link) {
        guard.step(current, context.hooks()::establishSession, () -> {
            guard.finish();
            context.runstates().move(Runstate.RUNNING, null);
            link.establish(); // before anybody is told: it must not depend on the caller's code
            guard.succeed(promise, null, link::isOpen);
        });
    }

    /** Comes by a transport. */
    @FunctionalInterface
    private interface Opener<M> {
        CompletableFuture<Transport<M>> open(TransportListener<M> listener);
    }
}
