package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.protocol.BottomHalf;

/** What the registry hands signals to. */
@BottomHalf
interface SignalSink {

    /** {@return which events it wants; of sessions it always hears} */
    EventFilter filter();

    /** {@return whether it wants the changes of the runstate} */
    default boolean wantsRunstates() {
        return false;
    }

    /** {@return how many events were lost by this} */
    int offer(EventSignal signal);

    /** There will be no more. */
    void end(ListenerException reason);
}
