package dev.qmp.internal.transport;

import dev.qmp.error.Text;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An engine that shakes hands on other threads and never blocks the event loop. A handshake calls trust managers and
 * key managers. All these calls but one are in the engine's tasks. The exception: a client of TLS 1.3 chooses its key
 * while it unwraps the server's last record. So the encrypted records of its handshake are unwrapped as tasks, too.
 *
 * <p>Java's engine holds its lock while a task runs, so that each call from the loop, even to close it, would wait for
 * the application's code. Therefore this class answers in place of the engine while a task is queued or runs. An engine
 * that is closed in this time is abandoned: the loop never calls it again.
 */
final class TlsEngine extends SSLEngine {

    /** The type of an encrypted record of TLS 1.3, also in the handshake. */
    private static final byte ENCRYPTED = 23;

    private static final SSLEngineResult WAITS =
            new SSLEngineResult(SSLEngineResult.Status.OK, HandshakeStatus.NEED_TASK, 0, 0);

    /** Its handshake status is not that of an established session, because Netty would report a success. */
    private static final SSLEngineResult CLOSED =
            new SSLEngineResult(SSLEngineResult.Status.CLOSED, HandshakeStatus.NEED_UNWRAP, 0, 0);

    private enum State {
        /** No task is needed. */
        READY,
        /** A task is queued or runs: the engine can be locked. */
        BUSY,
        /** A task has ended. Netty continues in a later turn of the loop. */
        ENDED,
        /** A task has thrown an error, or there was no thread for it. */
        FAILED,
        /** It was closed while a task was queued or running: the engine can be locked for ever. */
        ABANDONED
    }

    private final SSLEngine engine;
    private final ThreadPoolExecutor threads;
    /** The session before the handshake. */
    private final SSLSession initialSession;
    /** The loop changes all states but {@code BUSY}, which the thread of the task may end, too. */
    private final AtomicReference<State> state = new AtomicReference<>(State.READY);
    /** Why a task failed; set before the state. */
    private volatile @Nullable Throwable failure;
    /** Netty's runner of the present task, on the loop. */
    private @Nullable Runnable runner;
    /** A copy of the record that the next task unwraps; null if the next task is one of the engine. */
    private @Nullable ByteBuffer kept;
    /** The outcome of the record that the last task has unwrapped, until Netty continues; null if there is none. */
    private @Nullable Outcome outcome;
    /** Whether the first handshake is over. Later records are unwrapped on the loop. */
    private boolean established;

    /** Returns the result of a record, or throws its failure. */
    private interface Outcome {
        SSLEngineResult result() throws SSLException;
    }

    TlsEngine(SSLEngine engine, ThreadPoolExecutor threads) {
        this.engine = engine;
        this.threads = threads;
        this.initialSession = engine.getSession();
    }

    /** {@return whether no task is queued or runs, and Netty has continued after the last one} */
    boolean isReady() {
        return state.get() == State.READY;
    }

    /** Runs Netty's runner, which takes a task, on another thread. Netty continues on the loop after the task. */
    void execute(Runnable taskRunner) {
        State present = state.get();
        if (present != State.READY && present != State.ENDED) {
            return; // Netty continues after the present task
        }
        state.set(State.BUSY);
        runner = taskRunner;
        try {
            threads.execute(taskRunner);
        } catch (Throwable e) { // "unable to create native thread" is an error
            fail(e);
            taskRunner.run(); // without the task: Netty continues and finds the failure
        }
    }

    private void fail(Throwable reason) {
        failure = reason;
        state.compareAndSet(State.BUSY, State.FAILED);
    }

    /** {@return the task for a thread that may block; null if the engine is abandoned} */
    @Override
    public @Nullable Runnable getDelegatedTask() {
        return switch (state.get()) {
            case ABANDONED -> null;
            case BUSY -> tracked(nextTask());
            case READY, ENDED, FAILED -> () -> {};
        };
    }

    private @Nullable Runnable nextTask() {
        ByteBuffer next = kept;
        kept = null;
        return next == null ? engine.getDelegatedTask() : () -> outcome = unwrapped(next);
    }

    /** Unwraps a record of the handshake. Tasks that it needs follow when Netty has received its result. */
    private Outcome unwrapped(ByteBuffer next) {
        try {
            ByteBuffer plain = ByteBuffer.allocate(initialSession.getApplicationBufferSize());
            SSLEngineResult result = engine.unwrap(next, plain);
            if (plain.position() > 0) {
                throw new SSLException("data arrived before the end of the TLS handshake");
            }
            // keep() has reported the bytes of the record
            return () -> new SSLEngineResult(result.getStatus(), result.getHandshakeStatus(), 0, 0);
        } catch (SSLException e) {
            return () -> {
                throw e;
            };
        }
    }

    /** {@return a task that ends the state} Netty continues only after a task, so there is always one. */
    private Runnable tracked(@Nullable Runnable task) {
        return () -> run(task == null ? () -> {} : task);
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) { // the engine keeps the exceptions of its tasks, but not their errors
            fail(e);
        }
        state.compareAndSet(State.BUSY, State.ENDED);
    }

    /** {@return the status} Netty asks for it first when it continues after a task. */
    @Override
    public HandshakeStatus getHandshakeStatus() {
        state.compareAndSet(State.ENDED, State.READY);
        return switch (state.get()) {
            case READY, ENDED -> outcome == null ? engine.getHandshakeStatus() : HandshakeStatus.NEED_UNWRAP;
            case BUSY -> HandshakeStatus.NEED_TASK;
            case FAILED, ABANDONED -> HandshakeStatus.NEED_UNWRAP; // so that Netty calls unwrap
        };
    }

    /** {@return the result in place of the engine's; null if the engine can be called} */
    private @Nullable SSLEngineResult substitute() throws SSLException {
        return switch (state.get()) {
            case READY, ENDED -> null;
            case BUSY -> WAITS;
            case ABANDONED -> CLOSED;
            case FAILED -> throw new SSLException(failure == null ? "" : Text.messageOf(failure), failure);
        };
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target) throws SSLException {
        SSLEngineResult substitute = substitute();
        return substitute == null ? noted(engine.wrap(sources, offset, length, target)) : substitute;
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length) throws SSLException {
        SSLEngineResult substitute = substitute();
        if (substitute != null) {
            return substitute;
        }
        if (established) {
            return engine.unwrap(source, targets, offset, length);
        }
        Outcome earlier = outcome;
        if (earlier != null) {
            outcome = null;
            return uncancelled(earlier.result());
        }
        return callsApplication(source) ? keep(source) : uncancelled(engine.unwrap(source, targets, offset, length));
    }

    /**
     * {@return whether unwrapping a record may call the application's code} Java's engine makes tasks of all handshake
     * messages but a few. Of these, only the server's {@code FINISHED} in TLS 1.3 calls a key manager. It is encrypted.
     */
    private boolean callsApplication(ByteBuffer source) {
        return engine.getUseClientMode()
                && source.hasRemaining()
                && source.get(source.position()) == ENCRYPTED
                && engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP;
    }

    /** Fails the first handshake if the peer closes it, because Netty would report a success. */
    private SSLEngineResult uncancelled(SSLEngineResult result) throws SSLException {
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new SSLException("the peer cancelled the TLS handshake");
        }
        return noted(result);
    }

    /** Takes a record for the next task. */
    private SSLEngineResult keep(ByteBuffer source) {
        int length = source.remaining();
        kept = ByteBuffer.allocate(length).put(source).flip();
        return new SSLEngineResult(SSLEngineResult.Status.OK, HandshakeStatus.NEED_TASK, length, 0);
    }

    private SSLEngineResult noted(SSLEngineResult result) {
        HandshakeStatus status = result.getHandshakeStatus();
        if (status == HandshakeStatus.FINISHED || status == HandshakeStatus.NOT_HANDSHAKING) {
            established = true;
        }
        return result;
    }

    /** Closes the engine. If a task is queued or runs, the engine is abandoned, and a queued task never runs. */
    @Override
    public void closeOutbound() {
        Runnable present = runner;
        if (state.compareAndSet(State.BUSY, State.ABANDONED) && present != null) {
            threads.remove(present);
        }
        if (canBeCalled()) {
            engine.closeOutbound();
        }
    }

    @Override
    public void closeInbound() throws SSLException {
        if (canBeCalled()) {
            engine.closeInbound();
        }
    }

    private boolean canBeCalled() {
        State present = state.get();
        return present != State.BUSY && present != State.ABANDONED;
    }

    @Override
    public boolean isInboundDone() {
        return canBeCalled() ? engine.isInboundDone() : state.get() == State.ABANDONED;
    }

    @Override
    public boolean isOutboundDone() {
        return canBeCalled() ? engine.isOutboundDone() : state.get() == State.ABANDONED;
    }

    @Override
    public SSLSession getSession() {
        return canBeCalled() ? engine.getSession() : initialSession;
    }

    @Override
    public void beginHandshake() throws SSLException {
        engine.beginHandshake();
    }

    // ------------------------------------------------------------------ the configuration, before the handshake

    @Override
    public String[] getSupportedCipherSuites() {
        return engine.getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return engine.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        engine.setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
        return engine.getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return engine.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        engine.setEnabledProtocols(protocols);
    }

    @Override
    public void setUseClientMode(boolean mode) {
        engine.setUseClientMode(mode);
    }

    @Override
    public boolean getUseClientMode() {
        return engine.getUseClientMode();
    }

    @Override
    public void setNeedClientAuth(boolean need) {
        engine.setNeedClientAuth(need);
    }

    @Override
    public boolean getNeedClientAuth() {
        return engine.getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean want) {
        engine.setWantClientAuth(want);
    }

    @Override
    public boolean getWantClientAuth() {
        return engine.getWantClientAuth();
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {
        engine.setEnableSessionCreation(flag);
    }

    @Override
    public boolean getEnableSessionCreation() {
        return engine.getEnableSessionCreation();
    }
}
