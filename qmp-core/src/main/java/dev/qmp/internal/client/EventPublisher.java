package dev.qmp.internal.client;

import dev.qmp.message.QmpEvent;
import java.util.concurrent.Flow;
import java.util.function.Function;

/** Hands each subscriber a stream of its own. */
record EventPublisher(Function<Flow.Subscriber<? super QmpEvent>, EventStream> streams)
        implements Flow.Publisher<QmpEvent> {

    @Override
    public void subscribe(Flow.Subscriber<? super QmpEvent> subscriber) {
        streams.apply(subscriber).begin();
    }
}
