package dev.qmp.internal.engine;

import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.TlsOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Event loops and transports under control of a test. No task runs before {@link #run()}, no time passes before {@link
 * #advance}, and no peer is reached before the test allows it. There is one loop, and its thread is the one that runs
 * it.
 */
final class ManualEventLoops implements EventLoops, Transports, Loop {

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparing(Timer::due).thenComparing(Timer::number));
    private final List<ManualDial> dials = new ArrayList<>();
    private final List<ManualAcceptor> acceptors = new ArrayList<>();
    private Duration now = Duration.ZERO;
    private long timerCount;
    private boolean running;
    private Binding binding;

    /** Decides a dial before {@code dial} has returned, as when nothing is to be waited for. */
    Supplier<ManualDial> newDial = ManualDial::new;

    /** What {@code bind} fails with; null to succeed. */
    RuntimeException bindFailure;

    /** Whether a socket is bound when {@code bind} returns; otherwise {@link #finishBinding} is awaited. */
    boolean bindsAtOnce = true;

    /** Whether an accept finds a peer in the backlog, before {@code accept} has returned. */
    boolean peerWaits;

    /** Whether a listening socket is closed when {@code close} returns. */
    boolean acceptorsCloseAtOnce = true;

    /** What the next task that is given or scheduled fails with; null to succeed. */
    Error taskFailure;

    /** What the next cancellation of a timer fails with, after it; null to succeed. */
    Error cancelFailure;

    /** What {@code take} fails with; null to succeed. */
    Error takeFailure;

    private record Timer(Duration due, long number, Runnable task) {}

    // ------------------------------------------------------------------ what tests do

    /** Runs everything that is due, until nothing is. */
    void run() {
        running = true;
        try {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        } finally {
            running = false;
        }
    }

    /** Runs a task on the loop, and what follows from it. */
    void run(Runnable task) {
        execute(task);
        run();
    }

    /** Advances the clock. Each task that becomes due runs at its own time. */
    void advance(Duration time) {
        run();
        Duration end = now.plus(time);
        for (Timer timer = timers.peek(); timer != null && timer.due().compareTo(end) <= 0; timer = timers.peek()) {
            timers.remove(timer);
            now = timer.due();
            run(timer.task());
        }
        now = end;
    }

    /** {@return how many timers are set} */
    int timers() {
        return timers.size();
    }

    /** {@return all dials so far} */
    List<ManualDial> dials() {
        return dials;
    }

    /** {@return the last dial} */
    ManualDial dial() {
        return dials.get(dials.size() - 1);
    }

    /** {@return the transport that the last dial led to} */
    ManualTransport transport() {
        return dial().transport();
    }

    /** {@return all sockets bound so far} */
    List<ManualAcceptor> acceptors() {
        return acceptors;
    }

    ManualAcceptor acceptor() {
        return acceptors.get(acceptors.size() - 1);
    }

    /** {@return whether a transport or a listening socket is open, or a dial is under way} */
    boolean isAnythingOpen() {
        return acceptors.stream().anyMatch(acceptor -> !acceptor.isClosed())
                || dials.stream().anyMatch(ManualDial::isOpen);
    }

    // ------------------------------------------------------------------ what the engine sees

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public Loop nextLoop(ProtocolOptions options) {
        return this;
    }

    private void failIfAsked() {
        Error failure = taskFailure;
        taskFailure = null;
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void execute(Runnable task) {
        failIfAsked();
        tasks.add(task);
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        failIfAsked();
        Timer timer = new Timer(now.plus(delay), timerCount++, task);
        timers.add(timer);
        return () -> cancel(timer);
    }

    private void cancel(Timer timer) {
        timers.remove(timer);
        Error failure = cancelFailure;
        cancelFailure = null;
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public boolean isOnLoop() {
        return running;
    }

    @Override
    public boolean isOnAnyLoop() {
        return running;
    }

    @Override
    public <M> CompletableFuture<Transport<M>> dial(
            Endpoint endpoint,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        ManualDial dial = newDial.get();
        dials.add(dial);
        return dial.begin(this, listener);
    }

    @Override
    public boolean isOwn(Connection connection) {
        return true;
    }

    @Override
    public <M> CompletableFuture<Transport<M>> take(
            Connection connection,
            Loop loop,
            ProtocolOptions options,
            MessageCodec<M> codec,
            TransportListener<M> listener) {
        if (takeFailure != null) {
            throw takeFailure;
        }
        return dial(Endpoint.tcp("taken", 1), loop, options, codec, listener);
    }

    @Override
    public Binding bind(Endpoint endpoint, TlsOptions tls, SecondPeerLog log) {
        Binding begun = new Binding();
        binding = begun;
        if (bindFailure != null) {
            begun.gone().complete(null);
            begun.acceptor().completeExceptionally(bindFailure);
        } else if (bindsAtOnce) {
            finishBinding(endpoint);
        }
        return begun;
    }

    /** Completes the bind, although the attempt may have been cancelled. */
    void finishBinding(Endpoint endpoint) {
        ManualAcceptor acceptor = new ManualAcceptor(this, endpoint, binding.gone());
        acceptors.add(acceptor);
        if (!binding.acceptor().complete(acceptor)) {
            acceptor.close();
        }
    }

    @Override
    public Connection adopt(SocketChannel channel) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
