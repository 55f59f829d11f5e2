package dev.qmp.internal.engine;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
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
    private @Nullable Attempt attempt;
    private @Nullable Attempt ended;
    private @Nullable Acceptor acceptor;

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
        return attempt(Runstate.IDLE, (current, promise) -> {
            engine.startFresh();
            engine.runstates().move(Runstate.CONNECTING, null);
            if (isCurrent(current)) {
                open(current, promise, opener);
            }
        });
    }

    CompletableFuture<Endpoint> listen(Endpoint endpoint) {
        return attempt(Runstate.IDLE, (current, promise) -> {
            engine.startFresh();
            engine.runstates().move(Runstate.CONNECTING, null);
            step(current, () -> transports.bind(endpoint, options().tls()), bound -> {
                acceptor = bound;
                attempt = null;
                current.deadline(Cancellable.NOTHING);
                engine.callbacks().complete(promise, bound.endpoint());
            });
        });
    }

    CompletableFuture<Void> accept() {
        return attempt(Runstate.CONNECTING, (current, promise) -> {
            Acceptor listening = acceptor;
            if (listening == null) {
                attempt = null;
                engine.callbacks().fail(promise, new IllegalStateException("accept() needs startServer() first"));
                return;
            }
            step(current, listening::accept, connection -> {
                listening.close();
                acceptor = null;
                open(current, promise, link -> transports.take(connection, engine.loop(), options(), codec, link));
            });
            current.deadline(Cancellable.NOTHING);
        });
    }

    // ------------------------------------------------------------------ the guard

    /** Makes sure of the runstate and of being the only attempt, then starts it, on the loop. */
    private <T> CompletableFuture<T> attempt(Runstate required, Starter<T> starter) {
        CompletableFuture<T> promise = new CompletableFuture<>();
        engine.onLoop(() -> {
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
            engine.cancelWith(promise, () -> {
                if (isCurrent(started)) {
                    engine.tearDown(null, false);
                }
            });
            starter.start(started, promise);
        });
        return promise;
    }

    /** One asynchronous step of an attempt, under the connect deadline. What comes too late is closed. */
    private <T extends AutoCloseable> void step(
            Attempt current, Supplier<CompletableFuture<T>> work, Consumer<T> next) {
        current.deadline(engine.loop().schedule(options().connectTimeout(), () -> {
            if (isCurrent(current)) {
                engine.tearDown(current.timedOut(options().connectTimeout()), false);
            }
        }));
        CompletableFuture<T> step = work.get();
        current.work(() -> step.cancel(false));
        step.whenComplete((result, failure) -> engine.onLoop(() -> {
            if (!isCurrent(current)) {
                closeQuietly(result);
            } else if (failure != null) {
                engine.tearDown(unwrap(failure), false);
            } else {
                current.work(Cancellable.NOTHING);
                next.accept(result);
            }
        }));
    }

    private void open(Attempt current, CompletableFuture<Void> promise, Opener<M> opener) {
        Link link = new Link();
        step(current, () -> opener.open(link), transport -> {
            Session<M> session = engine.open(transport);
            link.session = session;
            current.enter(ConnectPhase.GREETING, "the peer does not answer");
            current.deadline(engine.loop().schedule(options().handshakeTimeout(), () -> {
                if (isCurrent(current)) {
                    engine.tearDown(current.timedOut(options().handshakeTimeout()), false);
                }
            }));
            handshake(current, promise, session);
        });
    }

    private void handshake(Attempt current, CompletableFuture<Void> promise, Session<M> session) {
        CompletableFuture<?> established;
        try {
            established = engine.hooks().establishSession().toCompletableFuture();
        } catch (Throwable e) {
            engine.tearDown(e, false);
            return;
        }
        established.whenComplete((nothing, failure) -> engine.onLoop(() -> {
            if (!isCurrent(current)) {
                return;
            }
            if (failure != null) {
                engine.tearDown(unwrap(failure), false);
                return;
            }
            attempt = null;
            current.end();
            engine.runstates().move(Runstate.RUNNING, null);
            engine.callbacks().complete(promise, null);
            if (engine.isCurrent(session)) {
                session.establish();
            }
        }));
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

    /** Takes back whatever is under way. */
    @BottomHalf
    void stop() {
        Attempt current = attempt;
        attempt = null;
        ended = current;
        if (current != null) {
            current.end();
        }
        Acceptor listening = acceptor;
        acceptor = null;
        if (listening != null) {
            listening.close();
        }
    }

    boolean willTell() {
        return ended != null;
    }

    /** Tells the caller of an attempt that was torn down; in IDLE. */
    @BottomHalf
    void ended(@Nullable Throwable cause) {
        Attempt told = ended;
        ended = null;
        if (told != null) {
            engine.callbacks().fail(told.promise(), cause != null ? cause : told.disconnected());
        }
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

    /** Carries what one transport tells to the session that was opened on it. */
    private final class Link implements TransportListener<M> {

        private @Nullable Session<M> session;

        @Override
        public void securing() {
            enterPhase(ConnectPhase.TLS, "the peer does not speak TLS, or is stuck");
        }

        @Override
        public void received(M message) {
            Session<M> current = session;
            if (current != null && engine.isCurrent(current)) {
                current.received(message);
            }
        }

        @Override
        public void writabilityChanged() {
            Session<M> current = session;
            if (current != null && engine.isCurrent(current)) {
                current.schedulePump();
            }
        }

        @Override
        public void failed(Throwable cause) {
            if (engine.isCurrent(session)) {
                engine.sessionFailed(cause);
            }
        }

        @Override
        public void closed() {
            Session<M> current = session;
            if (current != null) {
                engine.sessionClosed(current);
            }
        }
    }
}
