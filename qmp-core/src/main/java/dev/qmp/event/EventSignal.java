package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.RunstateChange;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a listener hears: events, and whatever interrupts them. */
public sealed interface EventSignal {

    /**
     * An event.
     *
     * @param event the event, as the server sent it
     */
    record Received(QmpEvent event) implements EventSignal {
        /** Refuses missing components. */
        public Received {
            Objects.requireNonNull(event, "event");
        }
    }

    /**
     * Events were lost here, because the listener was not read in time.
     *
     * @param lost how many, not negative
     */
    record Gap(long lost) implements EventSignal {
        /** Refuses a negative count. */
        public Gap {
            if (lost < 0) {
                throw new IllegalArgumentException("lost must not be negative, but is " + lost);
            }
        }
    }

    /**
     * A session began. If it is not the listener's first, whatever happened in between was not heard.
     *
     * @param greeting what the server said of itself, null if greetings are switched off
     */
    record Connected(@Nullable QmpGreeting greeting) implements EventSignal {}

    /**
     * The session ended. If {@code reconnecting} is true, and the client gives up later, a second one with false
     * follows, and its cause is what it gave up for. A client that was started, and gives up before its first session,
     * tells that alone.
     *
     * @param cause why, null if it was asked for
     * @param reconnecting whether the client is going to connect again by itself
     */
    record Disconnected(@Nullable Throwable cause, boolean reconnecting) implements EventSignal {}

    /**
     * The connection went from one runstate to the next. Only who asks by {@link ListenerOptions#withRunstates} hears
     * it, in one order with the events; one that does not read in time still hears of the last 128.
     *
     * @param change the step
     */
    record RunstateChanged(RunstateChange change) implements EventSignal {
        /** Refuses missing components. */
        public RunstateChanged {
            Objects.requireNonNull(change, "change");
        }
    }
}
