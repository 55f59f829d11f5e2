package dev.qmp.testing;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Netty's leak detectors, with a memory: what is collected without having been released can be asked for. */
public final class Leaks {

    private static final List<Detector<?>> DETECTORS = new CopyOnWriteArrayList<>();
    private static final int COLLECTIONS = 2;
    private static final long LONGEST_COLLECTION_MILLIS = 10_000;

    private Leaks() {}

    /** Remembers leaks from now on. Detectors that Netty has made before do not take part, so this comes first. */
    public static void remember() {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @SuppressWarnings("deprecation") // of its three, the only one that is abstract
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval, long active) {
                Detector<T> detector = new Detector<>(resource, interval);
                DETECTORS.add(detector);
                return detector;
            }
        });
    }

    /** {@return what has leaked so far, with the traces that Netty recorded} Collects garbage to find it. */
    public static List<String> found() {
        return found(DETECTORS);
    }

    static List<String> found(List<Detector<?>> detectors) {
        for (int i = 0; i < COLLECTIONS; i++) {
            collectGarbage();
            detectors.forEach(Detector::look);
        }
        return detectors.stream().flatMap(Detector::leaks).toList();
    }

    /** Ends when something that was garbage before has been seen to be collected. */
    private static void collectGarbage() {
        ReferenceQueue<Object> collected = new ReferenceQueue<>();
        Reference<Object> canary = new WeakReference<>(new Object(), collected);
        System.gc();
        try {
            if (collected.remove(LONGEST_COLLECTION_MILLIS) != canary) {
                throw new IllegalStateException("no garbage is collected, so no leak can be found");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Detects leaks as Netty does, at any log level. */
    static final class Detector<T> extends ResourceLeakDetector<T> {

        private final List<String> leaks = new CopyOnWriteArrayList<>();

        Detector(Class<T> resource, int interval) {
            super(resource, interval);
        }

        private Stream<String> leaks() {
            return leaks.stream();
        }

        /** Netty looks for leaks whenever something new is tracked. */
        @SuppressWarnings("unchecked") // used for its identity only
        private void look() {
            T nothing = (T) new Object();
            ResourceLeakTracker<T> tracker = trackForcibly(nothing);
            tracker.close(nothing);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resourceType, String records) {
            leaks.add(resourceType + records);
        }

        @Override
        protected void reportUntracedLeak(String resourceType) {
            leaks.add(resourceType);
        }
    }
}
