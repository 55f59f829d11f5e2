package dev.qmp.process;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Detects the close of a client, which completes the streams of its events. */
final class ClientEnd implements Flow.Subscriber<QmpEvent> {

    private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

    private ClientEnd() {}

    static CompletableFuture<@Nullable Void> of(QmpClient client) {
        ClientEnd subscriber = new ClientEnd();
        client.events()
                .publisher(EventFilter.named("SHUTDOWN"), ListenerOptions.DEFAULTS.withCapacity(1))
                .subscribe(subscriber);
        return subscriber.end;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(QmpEvent event) {
        // only the end counts
    }

    @Override
    public void onError(Throwable failure) {
        end.complete(null);
    }

    @Override
    public void onComplete() {
        end.complete(null);
    }
}
