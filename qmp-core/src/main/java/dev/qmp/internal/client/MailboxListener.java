package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpEvent;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A mailbox that the application reads. */
final class MailboxListener extends SignalSink implements EventMailbox {

    private final BooleanSupplier onEventLoop;
    private final Consumer<SignalSink> unregister;

    MailboxListener(
            EventFilter filter, ListenerOptions options, BooleanSupplier onEventLoop, Consumer<SignalSink> unregister) {
        super(filter, options);
        this.onEventLoop = onEventLoop;
        this.unregister = unregister;
    }

    @Override
    public @Nullable EventSignal next(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        refuseOnEventLoop();
        return mailbox.await(TimeUnit.NANOSECONDS.convert(timeout));
    }

    @Override
    public @Nullable QmpEvent nextEvent(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        refuseOnEventLoop();
        long deadline = System.nanoTime() + Math.max(0, TimeUnit.NANOSECONDS.convert(timeout));
        while (true) {
            EventSignal signal = mailbox.await(deadline - System.nanoTime());
            if (signal == null) {
                return null;
            }
            if (signal instanceof EventSignal.Received received) {
                return received.event();
            }
            if (signal instanceof EventSignal.Disconnected end && !end.reconnecting()) {
                throw new ListenerException("the session ended, and the client does not reconnect", end.cause());
            }
        }
    }

    private void refuseOnEventLoop() {
        if (onEventLoop.getAsBoolean()) {
            throw new IllegalStateException("waiting for an event on an event loop would stall connections");
        }
    }

    @Override
    public List<EventSignal> clear() {
        return mailbox.drain();
    }

    @Override
    public List<QmpEvent> history() {
        return mailbox.locked(queue::history);
    }

    @Override
    public long lost() {
        return queue.lost();
    }

    @Override
    public void close() {
        unregister.accept(this);
        end(new ListenerException("the listener was closed", null));
    }
}
