package dev.qmp.internal.engine;

import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.TlsOptions;
import java.lang.ref.WeakReference;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Real event loops that count the tasks they are given, and can keep them until a test lets them run. */
public final class CountingLoops implements EventLoops, Transports {

    private final EventLoops loops = EventLoops.create(1);
    private final AtomicInteger tasks = new AtomicInteger();
    private final Queue<Runnable> kept = new ConcurrentLinkedQueue<>();
    private volatile boolean keeping;
    private final AtomicBoolean failing = new AtomicBoolean();
    private volatile @Nullable Duration unschedulable;
    private final AtomicBoolean failingCaller = new AtomicBoolean();
    private final AtomicBoolean failingWrite = new AtomicBoolean();
    private volatile boolean leavingRests;
    private final AtomicReference<@Nullable Runnable> beforeEncoding = new AtomicReference<>();
    private volatile @Nullable Loop last;
    private volatile WeakReference<Object> transport = new WeakReference<>(null);

    /** {@return the tasks that the loops were given since the last call} */
    public int takeCount() {
        return tasks.getAndSet(0);
    }

    /** Keeps tasks from now on. */
    public void keep() {
        keeping = true;
    }

    /** Runs tasks at once again; what is kept runs first. */
    public void stopKeeping() {
        runKept(kept.size());
        keeping = false;
    }

    /** Runs so many of the tasks that were kept, one after the other, and waits for that. */
    public void runKept(int count) {
        Loop loop = last;
        ArrayDeque<Runnable> due = new ArrayDeque<>();
        for (int left = count; left > 0; left--) {
            due.add(kept.remove());
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (loop != null) {
            loop.execute(() -> {
                due.forEach(Runnable::run);
                done.complete(null);
            });
        }
        done.join();
    }

    /** {@return the tasks that are kept} */
    public int kept() {
        return kept.size();
    }

    /** Fails once, when the next task is given. */
    public void failOnce() {
        failing.set(true);
    }

    /** Fails once, when the next thread that is not the loop asks whether it is the loop. */
    public void failCallerOnce() {
        failingCaller.set(true);
    }

    /**
     * Fails once, in the next thread that is not the loop and writes, on transports dialled without {@link
     * #leaveRests}.
     */
    public void failWriteOnce() {
        failingWrite.set(true);
    }

    /** {@return whether the failure of {@link #failWriteOnce} is over} */
    public boolean hasFailedWrite() {
        return !failingWrite.get();
    }

    /** Fails whenever a task is scheduled with this delay. */
    public void failAt(Duration delay) {
        unschedulable = delay;
    }

    /**
     * Has each write of a thread that is not the loop leave all bytes to the loop, on transports dialled from now on.
     */
    public void leaveRests() {
        leavingRests = true;
    }

    /**
     * Runs a task once, in the next thread that is not the loop and has got the right to write, on transports dialled
     * without {@link #leaveRests}.
     */
    public void beforeEncoding(Runnable task) {
        beforeEncoding.set(task);
    }

    /** {@return whether anything keeps the transport that was dialled last} */
    public boolean isTransportKept() {
        System.gc();
        return transport.get() != null;
    }

    /** One loop, as the client sees it. */
    private final class CountingLoop implements Loop {

        private final Loop loop;

        CountingLoop(Loop loop) {
            this.loop = loop;
        }

        @Override
        public void execute(Runnable task) {
            if (failing.compareAndSet(true, false)) {
                throw new OutOfMemoryError("on purpose");
            }
            tasks.incrementAndGet();
            if (keeping) {
                kept.add(task);
            } else {
                loop.execute(task);
            }
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            if (delay.equals(unschedulable)) {
                throw new OutOfMemoryError("on purpose");
            }
            return loop.schedule(delay, task);
        }

        @Override
        public boolean isOnLoop() {
            boolean isOnLoop = loop.isOnLoop();
            if (!isOnLoop && failingCaller.compareAndSet(true, false)) {
                throw new StackOverflowError("on purpose");
            }
            return isOnLoop;
        }

        @Override
        public boolean isOnAnyLoop() {
            return loop.isOnAnyLoop();
        }
    }

    private Transports real() {
        return (Transports) loops;
    }

    @Override
    public Loop nextLoop(ProtocolOptions options) {
        Loop next = real().nextLoop(options);
        last = next;
        return new CountingLoop(next);
    }

    @Override
    public boolean isClosed() {
        return real().isClosed();
    }

    @Override
    public <M> CompletableFuture<Transport<M>> dial(
            Endpoint endpoint,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        CompletableFuture<Transport<M>> dialled =
                real().dial(endpoint, ((CountingLoop) loop).loop, options, codec, listener);
        dialled.thenAccept(opened -> transport = new WeakReference<>(opened));
        boolean leavesRests = leavingRests;
        return dialled.thenApply(opened -> new WithOutput<>(
                opened, output -> leavesRests ? new WholeRest<>(output) : new Interruptible<>(output)));
    }

    @Override
    public boolean isOwn(Connection connection) {
        return real().isOwn(connection);
    }

    @Override
    public <M> CompletableFuture<Transport<M>> take(
            Connection connection,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        return real().take(connection, ((CountingLoop) loop).loop, options, codec, listener);
    }

    @Override
    public Binding bind(Endpoint endpoint, @Nullable TlsOptions tls, SecondPeerLog log) {
        return real().bind(endpoint, tls, log);
    }

    @Override
    public Connection adopt(SocketChannel channel) {
        return loops.adopt(channel);
    }

    @Override
    public void close() {
        loops.close();
    }

    /** A transport with another output for other threads. */
    private record WithOutput<M>(Transport<M> transport, UnaryOperator<DirectOutput<M>> replacement)
            implements Transport<M> {

        @Override
        public boolean makeRoom(M next) {
            return transport.makeRoom(next);
        }

        @Override
        public void write(M message) {
            transport.write(message);
        }

        @Override
        public void flush(Runnable done) {
            transport.flush(done);
        }

        @Override
        public long taken() {
            return transport.taken();
        }

        @Override
        public @Nullable DirectOutput<M> directOutput() {
            DirectOutput<M> output = transport.directOutput();
            return output == null ? null : replacement.apply(output);
        }

        @Override
        public void close() {
            transport.close();
        }
    }

    /** Writes nothing before the rest is asked for, and then everything. */
    private record WholeRest<M>(DirectOutput<M> output) implements DirectOutput<M> {

        @Override
        public void encode(M message) {
            output.encode(message);
        }

        @Override
        public boolean write() {
            return false;
        }

        @Override
        public void writeRest() {
            output.writeRest();
        }
    }

    /** Runs a task before the next message is encoded, and fails before it is written. */
    private final class Interruptible<M> implements DirectOutput<M> {

        private final DirectOutput<M> output;

        Interruptible(DirectOutput<M> output) {
            this.output = output;
        }

        @Override
        public void encode(M message) {
            Runnable task = beforeEncoding.getAndSet(null);
            if (task != null) {
                task.run();
            }
            output.encode(message);
        }

        @Override
        public boolean write() {
            if (failingWrite.compareAndSet(true, false)) {
                throw new StackOverflowError("on purpose");
            }
            return output.write();
        }

        @Override
        public void writeRest() {
            output.writeRest();
        }
    }
}
