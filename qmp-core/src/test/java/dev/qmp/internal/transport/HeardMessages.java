package dev.qmp.internal.transport;

import dev.qmp.internal.engine.TransportListener;
import java.util.ArrayList;
import java.util.List;

/** Keeps the notifications of a transport. */
final class HeardMessages<M> implements TransportListener<M> {

    final List<M> received = new ArrayList<>();
    final List<Throwable> failures = new ArrayList<>();
    int arrivals;

    @Override
    public void securing() {}

    @Override
    public void arrived(int count) {
        arrivals++;
    }

    @Override
    public void received(M message) {
        received.add(message);
    }

    @Override
    public void writabilityChanged() {}

    @Override
    public void failed(Throwable cause) {
        failures.add(cause);
    }

    @Override
    public void closed() {}
}
