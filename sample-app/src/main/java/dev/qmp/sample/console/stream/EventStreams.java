package dev.qmp.sample.console.stream;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** All readers of the log. Their streams are ended before the web server stops, because no reader ends by itself. */
@Component
class EventStreams implements SmartLifecycle {

    static final int MOST = 64;

    private static final long FOR_EVER = 0;

    /** The longest life of a stream. So a reader that has vanished unnoticed does not keep its place for ever. */
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private final EventLog log;
    private final EventIds ids = new EventIds();
    private final AtomicInteger readers = new AtomicInteger();
    private volatile Duration longest = LONGEST;
    private volatile boolean running;

    EventStreams(EventLog log) {
        this.log = log;
    }

    /**
     * Adds a reader.
     *
     * @param lastEventId the id that it received last, null if it is new
     * @param history the number of past entries for a new reader
     */
    SseEmitter open(@Nullable String lastEventId, int history) {
        if (readers.incrementAndGet() > MOST) {
            readers.decrementAndGet();
            throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "too many readers of events");
        }
        SseEmitter emitter = new SseEmitter(FOR_EVER);
        long from = ids.after(lastEventId, Math.max(0, log.next() - Math.max(0, history)));
        EventStream stream = new EventStream(log, ids, emitter, from, longest);
        Thread thread = new Thread(() -> serve(stream), "event-stream");
        thread.setDaemon(true);
        thread.start();
        return emitter;
    }

    /** For tests: changes the longest life of the streams that are opened from now on. */
    void endAfter(Duration life) {
        longest = life;
    }

    private void serve(EventStream stream) {
        try {
            stream.run();
        } finally {
            readers.decrementAndGet();
        }
    }

    @Override
    public void start() {
        log.open();
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        log.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
