package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import org.jspecify.annotations.Nullable;

/** What a listener hears: events, and whatever interrupts them. */
public sealed interface EventSignal {

    /**
     * An event.
     *
     * @param event the event, as the server sent it
     */
    record Received(QmpEvent event) implements EventSignal {}

    /**
     * Events were lost here, because the listener was not read in time.
     *
     * @param lost how many
     */
    record Gap(long lost) implements EventSignal {}

    /**
     * A session began. If it is not the listener's first, whatever happened in between was not heard.
     *
     * @param greeting what the server said of itself, null if greetings are switched off
     */
    record Connected(@Nullable QmpGreeting greeting) implements EventSignal {}

    /**
     * The session ended. If {@code reconnecting} is true, and the client gives up later, a second one with false follows,
     * and its cause is what it gave up for.
     *
     * @param cause why, null if it was asked for
     * @param reconnecting whether the client is going to connect again by itself
     */
    record Disconnected(@Nullable Throwable cause, boolean reconnecting) implements EventSignal {}
}
