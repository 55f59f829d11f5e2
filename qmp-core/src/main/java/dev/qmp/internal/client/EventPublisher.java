package dev.qmp.internal.client;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * Begins a stream of its own for each subscriber.
 *
 * @param <T> what the streams consist of
 */
record EventPublisher<T>(Consumer<Flow.Subscriber<? super T>> streams) implements Flow.Publisher<T> {

    @Override
    public void subscribe(Flow.Subscriber<? super T> subscriber) {
        streams.accept(Objects.requireNonNull(subscriber, "subscriber"));
    }
}
