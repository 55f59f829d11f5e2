package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The guard around establishing a session: whichever way the transport comes about, each failure, deadline and
 * cancellation leads to the engine's tear-down, and so to IDLE with nothing open.
 *
 * @param <M> the protocol's message
 */
final class Establishing<M> {

    private final Engine<M> engine;
    private final Transports transports;
    private final MessageCodec<M> codec;
    private final Listening listening = new Listening();
    private @Nullable Attempt attempt;

    Establishing(Engine<M> engine, Transports transports, MessageCodec<M> codec) {
        this.engine = engine;
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
            attempt = null;
            current.end();
            succeed(promise, bound.endpoint(), () -> {
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
        return attempt(Runstate.CONNECTING, (current, promise) -> {
            BoundAcceptor acceptor = listening.acceptor();
            if (acceptor == null) {
                attempt = null;
                engine.callbacks().fail(promise, new IllegalStateException("accept() needs startServer() first"));
                return;
            }
            accept(current, promise, acceptor);
        });
    }

    private <T> CompletableFuture<T> begin(Starter<T> starter) {
        return attempt(Runstate.IDLE, (current, promise) -> {
            engine.startFresh();
            engine.runstates().move(Runstate.CONNECTING, null);
            if (isCurrent(current)) {
                starter.start(current, promise);
            }
        });
    }

    private void bind(Attempt current, Endpoint endpoint, Consumer<BoundAcceptor> next) {
        limit(current, options().connectTimeout());
        step(current, () -> transports.bind(endpoint, options().tls()), bound -> {
            listening.start(bound);
            next.accept(bound);
        });
    }

    /** Has no deadline before the peer is there. */
    private void accept(Attempt current, CompletableFuture<Void> promise, BoundAcceptor acceptor) {
        current.deadline(Cancellable.NOTHING);
        step(current, acceptor::accept, connection -> {
            listening.stop();
            open(current, promise, link -> transports.take(connection, engine.loop(), options(), codec, link));
        });
    }

    // ------------------------------------------------------------------ the guard

    /** Makes sure of the runstate and of being the only attempt, then starts it, on the loop. */
    private <T> CompletableFuture<T> attempt(Runstate required, Starter<T> starter) {
        CompletableFuture<T> promise = new CompletableFuture<>();
        engine.onLoop(() -> {
            if (promise.isDone() && required == Runstate.IDLE) {
                return; // cancelled before it has begun: nothing is to be touched
            }
            try {
                engine.runstates().require(required);
                if (attempt != null) {
                    throw new StateException(
                            "'" + options().name() + "'", engine.runstates().current(), Runstate.IDLE);
                }
            } catch (StateException e) {
                engine.callbacks().fail(promise, e);
                return;
            }
            Attempt started = new Attempt(promise);
            attempt = started;
            engine.takeBackWith(promise, () -> {
                if (isCurrent(started)) {
                    engine.abort(null);
                }
            });
            if (isCurrent(started)) {
                starter.start(started, promise);
            }
        });
        return promise;
    }

    /** Gives the attempt a deadline, instead of the one before. */
    private void limit(Attempt current, Duration timeout) {
        current.deadline(engine.loop().schedule(timeout, () -> {
            if (isCurrent(current)) {
                engine.abort(current.timedOut(timeout));
            }
        }));
    }

    /** One asynchronous step of an attempt. What comes too late is closed. */
    private <T extends AutoCloseable> void step(
            Attempt current, Supplier<CompletableFuture<T>> work, Consumer<T> next) {
        CompletableFuture<T> step;
        try {
            step = work.get();
        } catch (Throwable e) {
            engine.abort(e);
            return;
        }
        current.work(() -> step.cancel(false));
        step.whenComplete((result, failure) -> engine.onLoop(() -> {
            if (!isCurrent(current)) {
                closeQuietly(result);
            } else if (failure != null) {
                engine.abort(unwrap(failure));
            } else {
                current.work(Cancellable.NOTHING);
                next.accept(result);
            }
        }));
    }

    private void open(Attempt current, CompletableFuture<Void> promise, Opener<M> opener) {
        SessionLink<M> link = new SessionLink<>(engine);
        limit(current, options().connectTimeout());
        step(current, () -> opener.open(link), transport -> {
            Session<M> session = engine.open(transport);
            link.lead(session);
            current.enter(ConnectPhase.GREETING, "the peer does not answer");
            limit(current, options().handshakeTimeout());
            handshake(current, promise, session);
        });
    }

    private void handshake(Attempt current, CompletableFuture<Void> promise, Session<M> session) {
        CompletableFuture<?> established;
        try {
            established = engine.hooks().establishSession().toCompletableFuture();
        } catch (Throwable e) {
            engine.abort(e);
            return;
        }
        established.whenComplete((nothing, failure) -> engine.onLoop(() -> {
            if (!isCurrent(current)) {
                return;
            }
            if (failure != null) {
                engine.abort(unwrap(failure));
                return;
            }
            attempt = null;
            current.end();
            engine.runstates().move(Runstate.RUNNING, null);
            if (engine.isCurrent(session)) {
                session.establish(); // before anybody is told: it must not depend on the caller's code
            }
            succeed(promise, null, () -> {
                if (engine.isCurrent(session)) {
                    engine.abort(null);
                }
            });
        }));
    }

    /** Tells of success. A caller that gave up in the last moment cannot hear it: then what was made is taken down. */
    private <T> void succeed(CompletableFuture<T> promise, @Nullable T value, Runnable takeBack) {
        engine.callbacks().run(() -> {
            if (!promise.complete(value)) {
                engine.onLoop(takeBack);
            }
        });
    }

    // ------------------------------------------------------------------ the engine's questions

    void enterPhase(ConnectPhase phase, String hint) {
        Attempt current = attempt;
        if (current != null) {
            current.enter(phase, hint);
        }
    }

    /** {@return a cause as the attempt's failure, if there is an attempt} */
    Throwable explain(Throwable cause) {
        Attempt current = attempt;
        return current == null ? cause : current.failed(cause);
    }

    /** {@return the attempt that was under way, and has been taken back, if there was one} Stops listening, too. */
    @BottomHalf
    @Nullable
    Attempt stop() {
        Attempt current = attempt;
        attempt = null;
        if (current != null) {
            current.end();
        }
        listening.stop();
        return current;
    }

    /** {@return completes when nothing listens any more} */
    @BottomHalf
    CompletableFuture<Void> silent() {
        return listening.silent();
    }

    private ProtocolOptions options() {
        return engine.options();
    }

    private boolean isCurrent(Attempt candidate) {
        return attempt == candidate;
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static void closeQuietly(@Nullable AutoCloseable late) {
        try {
            if (late != null) {
                late.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException("closing does not throw", e);
        }
    }

    /** Begins an attempt. */
    @FunctionalInterface
    private interface Starter<T> {
        void start(Attempt attempt, CompletableFuture<T> promise);
    }

    /** Comes by a transport. */
    @FunctionalInterface
    private interface Opener<M> {
        CompletableFuture<Transport<M>> open(TransportListener<M> listener);
    }
}
