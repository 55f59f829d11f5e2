package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.internal.engine.Mailbox;
import dev.qmp.protocol.BottomHalf;

/** A listener of the {@link EventRegistry}: a filter, and a mailbox for the signals that pass it. */
abstract class SignalSink {

    /** The place of a listener that is not registered. */
    static final int NO_PLACE = -1;

    /** The contents of the mailbox. Only {@link EventQueue#lost()} may be read without the mailbox's lock. */
    final EventQueue queue;

    final Mailbox<EventSignal> mailbox;
    private final EventFilter filter;
    private final boolean wantsRunstates;
    /** The place in the {@link SignalSinks}, whose lock guards it. */
    int place = NO_PLACE;

    SignalSink(EventFilter filter, ListenerOptions options) {
        this.filter = filter;
        this.wantsRunstates = options.runstates();
        this.queue = new EventQueue(options);
        this.mailbox = queue.inMailbox();
    }

    /** {@return the filter of its events} Starts and ends of sessions are offered to every sink. */
    final EventFilter filter() {
        return filter;
    }

    /** {@return whether it receives the changes of the runstate} */
    final boolean wantsRunstates() {
        return wantsRunstates;
    }

    /** {@return how many events were lost by this: 0 or 1} */
    @BottomHalf
    int offer(EventSignal signal) {
        long before = queue.lost();
        mailbox.add(signal);
        return (int) (queue.lost() - before);
    }

    /** Ends the listener: no further signal is offered. */
    void end(ListenerException reason) {
        mailbox.end(reason);
    }
}
