package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.protocol.BottomHalf;

/** What the registry hands signals to. */
@BottomHalf
interface SignalSink {

    /** {@return which events it wants; other signals it always gets} */
    EventFilter filter();

    /** {@return how many events were lost by this} */
    int offer(EventSignal signal);

    /** There will be no more. */
    void end(ListenerException reason);
}
