package dev.qmp.internal.client;

import dev.qmp.event.EventSignal;
import dev.qmp.message.QmpEvent;
import org.jspecify.annotations.Nullable;

/**
 * What of the signals a stream hands over.
 *
 * @param <T> what its subscriber takes
 */
sealed interface StreamKind<T> {

    /** {@return whether such a signal has a place in the stream's queue} */
    boolean takes(EventSignal signal);

    /** {@return whether the subscriber is told of gaps} */
    boolean takesGaps();

    /** {@return what the subscriber is given; null if the signal is not for it} */
    @Nullable
    T handOver(EventSignal signal);

    /** Everything. */
    record AllSignals() implements StreamKind<EventSignal> {

        @Override
        public boolean takes(EventSignal signal) {
            return true;
        }

        @Override
        public boolean takesGaps() {
            return true;
        }

        @Override
        public EventSignal handOver(EventSignal signal) {
            return signal;
        }
    }

    /** Events alone: what was lost is written to the log. */
    record EventsOnly(LossLog losses) implements StreamKind<QmpEvent> {

        @Override
        public boolean takes(EventSignal signal) {
            return signal instanceof EventSignal.Received;
        }

        @Override
        public boolean takesGaps() {
            return false;
        }

        @Override
        public @Nullable QmpEvent handOver(EventSignal signal) {
            if (signal instanceof EventSignal.Gap gap) {
                losses.add(gap.lost());
            }
            return signal instanceof EventSignal.Received received ? received.event() : null;
        }
    }
}
