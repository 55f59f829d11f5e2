package dev.qmp.sample.console.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter.DataWithMediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Sends the log to one reader, on a thread of its own, because writing to a browser that does not read blocks. The
 * stream ends after a time, and the reader opens the next one. The last event, {@code renew}, announces that, so that
 * a page does not take it for a failure.
 */
final class EventStream implements Runnable {

    private static final Log LOGGER = LogFactory.getLog(EventStream.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final int BATCH = 256;
    private static final long RECONNECT_MILLIS = 1000;

    /** A text that is written without a change. */
    private static final MediaType JSON_ALREADY = new MediaType(MediaType.TEXT_PLAIN, StandardCharsets.UTF_8);

    private final EventLog log;
    private final EventIds ids;
    private final SseEmitter emitter;
    private final Duration life;
    private long position;

    EventStream(EventLog log, EventIds ids, SseEmitter emitter, long from, Duration life) {
        this.log = log;
        this.ids = ids;
        this.emitter = emitter;
        this.position = from;
        this.life = life;
    }

    @Override
    public void run() {
        try {
            emitter.send(SseEmitter.event().reconnectTime(RECONNECT_MILLIS).comment("welcome"));
            long end = System.nanoTime() + life.toNanos();
            EventLog.Batch batch;
            long rest;
            do {
                rest = end - System.nanoTime();
                batch = log.read(position, BATCH, Duration.ofNanos(Math.min(rest, HEARTBEAT.toNanos())));
                send(batch);
            } while (!batch.closed() && rest > 0);
            if (!batch.closed()) {
                emitter.send(SseEmitter.event().name("renew").data("{}", JSON_ALREADY));
            }
            emitter.complete();
        } catch (IOException | IllegalStateException e) {
            leave(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            emitter.complete();
        }
    }

    /** The reader has closed the connection. The container may have noticed first, and ended the request. */
    private void leave(Exception cause) {
        try {
            emitter.completeWithError(cause);
        } catch (IllegalStateException alreadyEnded) {
            LOGGER.trace("The request had ended before", alreadyEnded);
        }
    }

    /** Sends all entries with one flush, because one flush per event would cost more than the events. */
    private void send(EventLog.Batch batch) throws IOException {
        Set<DataWithMediaType> parts = new LinkedHashSet<>();
        if (batch.lost() > 0) {
            position += batch.lost();
            parts.addAll(SseEmitter.event()
                    .name("gap")
                    .data(new Gap(batch.lost()), MediaType.APPLICATION_JSON)
                    .build());
        }
        for (EventLog.Entry entry : batch.entries()) {
            position = entry.number() + 1;
            parts.addAll(SseEmitter.event()
                    .id(ids.of(entry.number()))
                    .name(entry.type())
                    .data(entry.json(), JSON_ALREADY)
                    .build());
        }
        if (parts.isEmpty()) {
            // not a comment, which a page would not receive
            parts.addAll(
                    SseEmitter.event().name("beat").data("{}", JSON_ALREADY).build());
        }
        emitter.send(parts);
    }

    /**
     * Entries that this reader has lost.
     *
     * @param lost their number
     */
    record Gap(long lost) {}
}
