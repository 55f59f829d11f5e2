package dev.qmp.event;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.RunstateChange;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One item that a listener receives: an event, or a change of its connection. */
public sealed interface EventSignal {

    /**
     * An event of the machine.
     *
     * @param event the event with its name, data and timestamp
     */
    record Received(QmpEvent event) implements EventSignal {
        /** Refuses missing components. */
        public Received {
            Objects.requireNonNull(event, "event");
        }
    }

    /**
     * Events were lost at this place, because the listener was full.
     *
     * @param lost the number of lost events; not negative
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
     * A session began. Events that the machine sent between an earlier session and this one were not received.
     *
     * @param greeting the server's greeting; null if greetings are switched off
     */
    record Connected(@Nullable QmpGreeting greeting) implements EventSignal {}

    /**
     * The session ended. {@code reconnecting} is true while the client keeps trying. If it gives up later, another
     * {@code Disconnected} with {@code reconnecting == false} follows, and its cause is the failure of the last
     * attempt.
     *
     * <p>If a started client gives up before its first session, its listeners receive only that last signal.
     *
     * @param cause the failure that ended the session; null if the end was requested
     * @param reconnecting whether the client connects again by itself
     */
    record Disconnected(@Nullable Throwable cause, boolean reconnecting) implements EventSignal {}

    /**
     * The runstate of the connection changed. Only a listener with {@link ListenerOptions#withRunstates()} receives
     * this signal, in one order with the events. If the listener is full, the last 128 signals that are not events are
     * kept.
     *
     * @param change the change
     */
    record RunstateChanged(RunstateChange change) implements EventSignal {
        /** Refuses missing components. */
        public RunstateChanged {
            Objects.requireNonNull(change, "change");
        }
    }
}
