package dev.qmp.internal.engine;

import static java.util.Objects.requireNonNull;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.AsyncProtocol;
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
 * step to {@code RUNNING}. {@link AsyncProtocol} describes runstates and failures.
 *
 * @param <M> the protocol's message
 */
public final class Establishing<M> {

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

    /**
     * See {@link AsyncProtocol#connect(Endpoint)}.
     *
     * @param completion completes the future; it never throws
     */
    @UpperHalf
    public CompletableFuture<Void> connect(Endpoint endpoint, Executor completion) {
        return submitFromIdle(
                completion,
                Cancellable.NOTHING,
                attempt -> open(
                        attempt,
                        session -> transports.dial(endpoint, engine.loop(), engine.options(), codec, session)));
    }

    /**
     * See {@link AsyncProtocol#connect(Connection)}. From here on the connection has no other owner, even before a
     * transport has taken it over.
     */
    @UpperHalf
    public CompletableFuture<Void> connect(Connection connection) {
        if (!transports.isOwn(connection)) {
            throw new IllegalArgumentException("a connection is made by Acceptor.accept or EventLoops.adopt, not by "
                    + connection.getClass().getName());
        }
        return submitFromIdle(engine.callbacks(), connection::close, attempt -> open(attempt, connection));
    }

    /** See {@link AsyncProtocol#startServer}. */
    @UpperHalf
    public CompletableFuture<Endpoint> startServer(Endpoint endpoint) {
        return this.<Endpoint>submitFromIdle(
                engine.callbacks(),
                Cancellable.NOTHING,
                attempt -> bind(attempt, endpoint, bound -> {
                    engine.endAttempt();
                    attempt.succeed(bound.endpoint(), () -> listening.isOn(bound));
                }));
    }

    /**
     * See {@link AsyncProtocol#startServerAndAccept}. One attempt listens and accepts, so it needs no thread of the
     * application between its steps.
     *
     * @param completion completes the future; it never throws
     */
    @UpperHalf
    public CompletableFuture<Void> startServerAndAccept(Endpoint endpoint, Executor completion) {
        return this.<Void>submitFromIdle(
                completion, Cancellable.NOTHING, attempt -> bind(attempt, endpoint, bound -> accept(attempt, bound)));
    }

    /** See {@link AsyncProtocol#accept}. */
    @UpperHalf
    public CompletableFuture<Void> accept() {
        return submit(
                Runstate.CONNECTING,
                engine.callbacks(),
                Cancellable.NOTHING,
                attempt -> accept(
                        attempt, requireNonNull(listening.acceptor(), "CONNECTING without an attempt is listening")));
    }

    // ------------------------------------------------------------------ the beginning of an attempt

    /**
     * Submits an attempt that requires {@code IDLE}. The runstate is {@code CONNECTING} when its first step begins.
     *
     * @param completion completes the future; it never throws
     * @param unstarted releases the attempt's input if the attempt ends before its first step; not if the attempt is
     *     refused
     */
    private <T> CompletableFuture<T> submitFromIdle(
            Executor completion, Cancellable unstarted, Consumer<Attempt<T>> firstStep) {
        return submit(Runstate.IDLE, completion, unstarted, attempt -> {
            engine.disconnectPath().forgetUnreportedCause();
            engine.runstates().move(Runstate.CONNECTING, null);
            if (attempt.isCurrent()) {
                firstStep.accept(attempt);
            }
        });
    }

    /** Creates an attempt, and passes it to the event loop. */
    private <T> CompletableFuture<T> submit(
            Runstate required, Executor completion, Cancellable unstarted, Consumer<Attempt<T>> firstStep) {
        CompletableFuture<T> promise = new CompletableFuture<>();
        Attempt<T> attempt = new Attempt<>(engine, promise, completion, unstarted);
        engine.onLoop(() -> startOrRefuse(required, attempt, promise, firstStep));
        return promise;
    }

    @BottomHalf
    private <T> void startOrRefuse(
            Runstate required, Attempt<T> attempt, CompletableFuture<T> promise, Consumer<Attempt<T>> firstStep) {
        engine.loop().assertOnLoop();
        if (promise.isDone() && required == Runstate.IDLE) {
            attempt.end(); // ended by its caller before the start: the state stays as it is
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
                if (attempt.isCurrent()) { // an attempt that has succeeded is not, and needs no task of the loop
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

    /** Ends the attempt after its caller has ended the future. */
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
