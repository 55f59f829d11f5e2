package dev.qmp.internal.engine;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The ways to a session: to dial, to listen and accept, to take a connection that is there. Each is an attempt under the
 * {@link AttemptGuard}, from its first step to RUNNING.
 *
 * @param <M> the protocol's message
 */
final class Establishing<M> {

    private final Engine<M> engine;
    private final Transports transports;
    private final MessageCodec<M> codec;
    private final AttemptGuard guard;
    private final Listening listening;

    Establishing(
            Engine<M> engine, Transports transports, MessageCodec<M> codec, AttemptGuard guard, Listening listening) {
        this.engine = engine;
        this.guard = guard;
        this.listening = listening;
        this.transports = transports;
        this.codec = codec;
    }

    // ------------------------------------------------------------------ the ways to a transport

    CompletableFuture<Void> dial(Endpoint endpoint) {
        return connect(link -> transports.dial(endpoint, engine.loop(), options(), codec, link));
    }

    CompletableFuture<Void> take(Connection connection) {
        return connect(link -> transports.take(connection, engine.loop(), options(), codec, link));
    }

    private CompletableFuture<Void> connect(Opener<M> opener) {
        return begin((current, promise) -> open(current, promise, opener));
    }

    CompletableFuture<Endpoint> listen(Endpoint endpoint) {
        return begin((current, promise) -> bind(current, endpoint, bound -> {
            guard.finish();
            guard.succeed(promise, bound.endpoint(), () -> {
                if (listening.isOn(bound)) {
                    engine.abort(null);
                }
            });
        }));
    }

    /** One attempt from the loop's first step to its last: the application's threads need not be free for it. */
    CompletableFuture<Void> listenAndAccept(Endpoint endpoint) {
        return begin((current, promise) -> bind(current, endpoint, bound -> accept(current, promise, bound)));
    }

    CompletableFuture<Void> accept() {
        return guard.attempt(Runstate.CONNECTING, (current, promise) -> {
            BoundAcceptor acceptor = listening.acceptor();
            if (acceptor == null) {
                guard.finish();
                engine.callbacks().fail(promise, new IllegalStateException("accept() needs startServer() first"));
                return;
            }
            accept(current, promise, acceptor);
        });
    }

    private <T> CompletableFuture<T> begin(AttemptGuard.Starter<T> starter) {
        return guard.attempt(Runstate.IDLE, (current, promise) -> {
            engine.startFresh();
            engine.runstates().move(Runstate.CONNECTING, null);
            if (guard.isCurrent(current)) {
                starter.start(current, promise);
            }
        });
    }

    private void bind(Attempt current, Endpoint endpoint, Consumer<BoundAcceptor> next) {
        guard.limit(current, options().connectTimeout());
        guard.step(current, () -> transports.bind(endpoint, options().tls()), bound -> {
            listening.start(bound);
            next.accept(bound);
        });
    }

    /** Has no deadline before the peer is there. */
    private void accept(Attempt current, CompletableFuture<Void> promise, BoundAcceptor acceptor) {
        current.deadline(Cancellable.NOTHING);
        guard.step(current, acceptor::accept, connection -> {
            listening.stop();
            open(current, promise, link -> transports.take(connection, engine.loop(), options(), codec, link));
        });
    }

    // ------------------------------------------------------------------ from the transport to the session

    private void open(Attempt current, CompletableFuture<Void> promise, Opener<M> opener) {
        SessionLink<M> link = new SessionLink<>(engine);
        guard.limit(current, options().connectTimeout());
        guard.step(current, () -> opener.open(link), transport -> {
            Session<M> session = engine.open(transport);
            link.lead(session);
            current.enter(ConnectPhase.GREETING, "the peer does not answer");
            guard.limit(current, options().handshakeTimeout());
            handshake(current, promise, session);
        });
    }

    private void handshake(Attempt current, CompletableFuture<Void> promise, Session<M> session) {
        guard.step(current, engine.hooks()::establishSession, () -> {
            guard.finish();
            engine.runstates().move(Runstate.RUNNING, null);
            if (engine.isCurrent(session)) {
                session.establish(); // before anybody is told: it must not depend on the caller's code
            }
            guard.succeed(promise, null, () -> {
                if (engine.isCurrent(session)) {
                    engine.abort(null);
                }
            });
        });
    }

    private ProtocolOptions options() {
        return engine.options();
    }

    /** Comes by a transport. */
    @FunctionalInterface
    private interface Opener<M> {
        CompletableFuture<Transport<M>> open(TransportListener<M> listener);
    }
}
