package dev.qmp.internal.engine;

import dev.qmp.error.ListenerException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A watcher of runstates whose changes wait in a {@link Mailbox}. */
final class RunstateMailbox implements RunstateWatcher, Consumer<RunstateChange> {

    private final Changes changes = new Changes();
    private final Mailbox<RunstateChange> mailbox =
            new Mailbox<>(changes, "the runstate watcher was left " + CAPACITY + " changes behind");
    private final Supplier<Runstate> current;
    private final BooleanSupplier isOnLoop;
    private final Consumer<? super RunstateMailbox> unregister;

    /** The unread changes and the last one read. */
    private static final class Changes implements Mailbox.Store<RunstateChange> {

        private final ArrayDeque<RunstateChange> unread = new ArrayDeque<>();
        private @Nullable RunstateChange lastRead;

        @Override
        public boolean add(RunstateChange change) {
            return unread.size() < CAPACITY && unread.add(change);
        }

        @Override
        public @Nullable RunstateChange poll() {
            RunstateChange next = unread.poll();
            lastRead = next == null ? lastRead : next;
            return next;
        }

        @Override
        public boolean isEmpty() {
            return unread.isEmpty();
        }
    }

    /**
     * Creates a mailbox that receives no changes yet.
     *
     * @param current supplies the present runstate
     * @param isOnLoop whether the calling thread is an event loop, which must not wait
     * @param unregister ends the registration of the mailbox
     */
    RunstateMailbox(
            Supplier<Runstate> current, BooleanSupplier isOnLoop, Consumer<? super RunstateMailbox> unregister) {
        this.current = current;
        this.isOnLoop = isOnLoop;
        this.unregister = unregister;
    }

    /** Adds a change. */
    @Override
    @BottomHalf
    public void accept(RunstateChange change) {
        mailbox.add(change);
    }

    @Override
    @UpperHalf
    public @Nullable RunstateChange next(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        long remaining = TimeUnit.NANOSECONDS.convert(timeout); // a longer timeout counts as the longest possible
        if (remaining > 0 && isOnLoop.getAsBoolean()) {
            throw new IllegalStateException("waiting for a runstate on an event loop would stall its connections");
        }
        return mailbox.await(remaining);
    }

    @Override
    @UpperHalf
    public boolean await(Runstate runstate, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(runstate, "runstate");
        Objects.requireNonNull(timeout, "timeout");
        long deadline = System.nanoTime() + Math.max(0, TimeUnit.NANOSECONDS.convert(timeout));
        while (!isAt(runstate)) {
            long remaining = deadline - System.nanoTime();
            RunstateChange change = next(Duration.of(Math.max(0, remaining), TimeUnit.NANOSECONDS.toChronoUnit()));
            if (change == null) {
                return false;
            }
        }
        return true;
    }

    /** {@return whether the last change read leads to the runstate} Unread changes do not count yet. */
    private boolean isAt(Runstate runstate) {
        return mailbox.locked(() -> {
            RunstateChange read = changes.lastRead;
            RunstateChange unread = changes.unread.peek();
            if (read != null) {
                return read.current() == runstate;
            }
            return (unread != null ? unread.previous() : current.get()) == runstate;
        });
    }

    /** Ends the watcher, because its client is closed. */
    void clientClosed() {
        mailbox.end(new ListenerException("the client was closed", null));
    }

    @Override
    public void close() {
        unregister.accept(this);
        mailbox.end(new ListenerException("the runstate watcher was closed", null));
    }
}
