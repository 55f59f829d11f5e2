package dev.qmp.internal.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of a client, in the order of their registration. Any thread adds and removes them.
 *
 * <p>Each step takes constant time on average, because the event loop removes listeners, too, and all its connections
 * wait for it. So a removed listener leaves a gap. The gaps are closed when they are half of the places.
 *
 * <p>An iteration needs no lock. It omits listeners that are added after its begin. One that is removed
 * while it runs can still be returned.
 */
final class SignalSinks implements Iterable<SignalSink> {

    private static final @Nullable SignalSink[] NONE = {};

    /** Shared by all clients that never had a listener. Nothing is added to it. */
    static final SignalSinks EMPTY = new SignalSinks();

    /** The listeners and gaps, then unused places. Written under the lock. Only unused places are filled. */
    private volatile @Nullable SignalSink[] places = NONE;
    /** The number of places in use, gaps included. Written under the lock, after the places. */
    private volatile int used;
    /** Guarded by the lock. */
    private int gaps;

    synchronized void add(SignalSink sink) {
        int place = used;
        if (place == places.length) {
            places = Arrays.copyOf(places, Math.max(1, 2 * place));
        }
        places[place] = sink;
        sink.place = place;
        used = place + 1;
    }

    /** Removes a listener. If it was removed before, this has no effect. */
    synchronized void remove(SignalSink sink) {
        int place = sink.place;
        if (place < 0) {
            return;
        }
        places[place] = null;
        sink.place = SignalSink.NO_PLACE;
        gaps++;
        if (2 * gaps >= used) {
            closeGaps();
        }
    }

    private void closeGaps() {
        int count = used - gaps;
        @Nullable SignalSink[] compact = count == 0 ? NONE : new SignalSink[count];
        int place = 0;
        for (SignalSink sink : this) {
            compact[place] = sink;
            sink.place = place++;
        }
        places = compact;
        used = count;
        gaps = 0;
    }

    /** {@return the listeners, all of which are removed} */
    synchronized List<SignalSink> removeAll() {
        List<SignalSink> all = new ArrayList<>(used - gaps);
        for (SignalSink sink : this) {
            all.add(sink);
            sink.place = SignalSink.NO_PLACE;
        }
        places = NONE;
        used = 0;
        gaps = 0;
        return all;
    }

    @Override
    public Iterator<SignalSink> iterator() {
        int end = used; // read before the places, so that each listener added until now is before this end
        return new Sinks(places, end);
    }

    /** Iterates over the places of one moment. */
    private static final class Sinks implements Iterator<SignalSink> {

        private final @Nullable SignalSink[] places;
        private final int end;
        private int place;
        private @Nullable SignalSink next;

        Sinks(@Nullable SignalSink[] places, int end) {
            this.places = places;
            this.end = Math.min(end, places.length); // the gaps may have been closed since the end was read
        }

        @Override
        public boolean hasNext() {
            while (next == null && place < end) {
                next = places[place++];
            }
            return next != null;
        }

        @Override
        public SignalSink next() {
            SignalSink current = hasNext() ? next : null;
            if (current == null) {
                throw new NoSuchElementException();
            }
            next = null;
            return current;
        }
    }
}
