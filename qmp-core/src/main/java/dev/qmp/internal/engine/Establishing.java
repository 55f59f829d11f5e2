package dev.qmp.internal.engine;

import static java.util.Objects.requireNonNull;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import dev.qmp.protocol.UpperHalf;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ways to a session: dial, listen and accept, use an open connection. Each is one {@link Attempt}, from its first
 * step to {@code RUNNING}.
 *
 * @param <M> the protocol's message
 */
final class Establishing<M> {

    private final Engine<M> engine;
    private final Transports transports;
    private final MessageCodec<M> codec;
    private final Listening listening;
    /** Null before the engine listens for the first time. */
    private @Nullable SecondPeerLog secondPeers;

    Establishing(Engine<M> engine, Transports transports, MessageCodec<M> codec, Listening listening) {
        this.engine = engine;
        this.transports = transports;
        this.codec = codec;
        this.listening = listening;
    }

    // ------------------------------------------------------------------ upper half

    @UpperHalf
    CompletableFuture<Void> connect(Endpoint endpoint, Executor completion) {
        return begin(
                completion,
                Cancellable.NOTHING,
                attempt -> open(
                        attempt,
                        session -> transports.dial(endpoint, engine.loop(), engine.options(), codec, session)));
    }

    /**
     * Establishes a session on a connection. From here on the connection has no other owner, even before a transport
     * has taken it over.
     */
    @UpperHalf
    CompletableFuture<Void> connect(Connection connection) {
        return begin(engine.callbacks(), connection::close, attempt -> open(attempt, connection));
    }

    @UpperHalf
    CompletableFuture<Endpoint> startServer(Endpoint endpoint) {
        return this.<Endpoint>begin(
                engine.callbacks(),
                Cancellable.NOTHING,
                attempt -> bind(attempt, endpoint, bound -> {
                    engine.endAttempt();
                    attempt.succeed(bound.endpoint(), () -> listening.isOn(bound));
                }));
    }

    /** Listens and accepts in one attempt, which needs no thread of the application between its steps. */
    @UpperHalf
    CompletableFuture<Void> startServerAndAccept(Endpoint endpoint, Executor completion) {
        return this.<Void>begin(
                completion, Cancellable.NOTHING, attempt -> bind(attempt, endpoint, bound -> accept(attempt, bound)));
    }

    @UpperHalf
    CompletableFuture<Void> accept() {
        return attempt(
                Runstate.CONNECTING,
                engine.callbacks(),
                Cancellable.NOTHING,
                attempt -> accept(
                        attempt, requireNonNull(listening.acceptor(), "CONNECTING without an attempt is listening")));
    }

    // ------------------------------------------------------------------ the beginning of an attempt

    /**
     * Begins an attempt from {@code IDLE}. The runstate is {@code CONNECTING} when its first step begins.
     *
     * @param completion completes the future; it never throws
     * @param unstarted releases the attempt's input if the attempt ends before its first step; not if the attempt is
     *     refused
     */
    private <T> CompletableFuture<T> begin(Executor completion, Cancellable unstarted, Consumer<Attempt<T>> firstStep) {
        return attempt(Runstate.IDLE, completion, unstarted, attempt -> {
            engine.disconnectPath().forgetUnreportedCause();
            engine.runstates().move(Runstate.CONNECTING, null);
            if (attempt.isCurrent()) {
                firstStep.accept(attempt);
            }
        });
    }

    private <T> CompletableFuture<T> attempt(
            Runstate required, Executor completion, Cancellable unstarted, Consumer<Attempt<T>> firstStep) {
        CompletableFuture<T> promise = new CompletableFuture<>();
        Attempt<T> attempt = new Attempt<>(engine, promise, completion, unstarted);
        engine.onLoop(() -> begin(required, attempt, promise, firstStep));
        return promise;
    }

    @BottomHalf
    private <T> void begin(
            Runstate required, Attempt<T> attempt, CompletableFuture<T> promise, Consumer<Attempt<T>> firstStep) {
        engine.loop().assertOnLoop();
        if (promise.isDone() && required == Runstate.IDLE) {
            attempt.end(); // cancelled before the start: the state stays as it is
            return;
        }
        Runstate actual = engine.runstates().current();
        if (actual != required || engine.attempt() != null) {
            StateException refusal = actual == required
                    ? new StateException("'" + engine.options().name() + "'", actual, required)
                    : engine.runstates().unexpected(required);
            attempt.refuse(refusal);
            return;
        }
        try {
            engine.beginAttempt(attempt);
            promise.whenComplete((value, failure) -> {
                if (failure != null) {
                    engine.onLoop(() -> endedByCaller(attempt));
                }
            });
            if (attempt.isCurrent()) {
                firstStep.accept(attempt);
            }
        } catch (Throwable e) { // such as OutOfMemoryError: otherwise the caller would wait for ever
            engine.disconnectPath().abort(e);
        }
    }

    /** Ends the attempt after the caller has ended its future, by a cancellation or a deadline. */
    private void endedByCaller(Attempt<?> attempt) {
        if (attempt.isCurrent()) {
            engine.disconnectPath().abort(null);
        }
    }

    // ------------------------------------------------------------------ from the socket to the session

    private void bind(Attempt<?> attempt, Endpoint endpoint, Consumer<Acceptor> next) {
        attempt.limit(engine.options().connectTimeout());
        SecondPeerLog log = secondPeers == null ? new SecondPeerLog(engine.logger()) : secondPeers;
        secondPeers = log;
        attempt.step(
                () -> listening.begin(transports.bind(endpoint, engine.options().tls(), log)), bound -> {
                    listening.start(bound);
                    next.accept(bound);
                });
    }

    /** Accepts a peer. There is no deadline until one has connected. */
    private void accept(Attempt<Void> attempt, Acceptor acceptor) {
        attempt.unlimited();
        attempt.step(acceptor::accept, connection -> {
            listening.stop();
            open(attempt, connection);
        });
    }

    private void open(Attempt<Void> attempt, Connection connection) {
        open(attempt, session -> {
            try {
                return transports.take(connection, engine.loop(), engine.options(), codec, session);
            } catch (Throwable e) {
                connection.close(); // no transport has taken it over
                throw e;
            }
        });
    }

    private void open(Attempt<Void> attempt, Opener<M> opener) {
        Session<M> session = new Session<>(engine);
        attempt.limit(engine.options().connectTimeout());
        attempt.step(() -> opener.open(session), transport -> {
            attempt.enter(ConnectPhase.SESSION, "the peer does not answer");
            attempt.limit(engine.options().handshakeTimeout());
            attempt.step(() -> session.open(transport), () -> established(attempt, session));
        });
    }

    private void established(Attempt<Void> attempt, Session<M> session) {
        engine.endAttempt();
        try {
            session.enterRunning(); // before the caller's code runs, on which the session must not depend
        } finally {
            attempt.succeed(null, session::isOpen); // nothing else would complete the caller's future
        }
    }

    /** Opens a transport. */
    @FunctionalInterface
    private interface Opener<M> {
        CompletableFuture<Transport<M>> open(TransportListener<M> listener);
    }
}
