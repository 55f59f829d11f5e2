package dev.qmp.internal.client;

import dev.qmp.event.EventSignal;
import dev.qmp.message.QmpEvent;
import org.jspecify.annotations.Nullable;

/**
 * The signals that a stream delivers.
 *
 * @param <T> the items of its subscriber
 */
sealed interface StreamKind<T> {

    /** {@return whether the stream queues such a signal} */
    boolean takes(EventSignal signal);

    /** {@return whether the subscriber receives gaps} */
    boolean takesGaps();

    /** {@return the subscriber's item; null if the signal is not delivered} */
    @Nullable
    T handOver(EventSignal signal);

    /** All signals. */
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

    /** Events only. Losses are logged. */
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
