package dev.qmp.sample.console.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Readers get every entry once, or the number of lost ones. */
class EventLogTests {

    private static final Duration AT_ONCE = Duration.ZERO;

    private final EventLog log = new EventLog();

    @Test
    void givesEntriesInOrderAndInPortions() throws Exception {
        for (int i = 0; i < 5; i++) {
            log.append("qmp", "" + i);
        }
        assertThat(log.read(0, 3, AT_ONCE).entries())
                .extracting(EventLog.Entry::number)
                .containsExactly(0L, 1L, 2L);
        assertThat(log.read(3, 3, AT_ONCE).entries())
                .extracting(EventLog.Entry::json)
                .containsExactly("3", "4");
        assertThat(log.read(5, 3, AT_ONCE).entries()).isEmpty();
    }

    @Test
    void tellsASlowReaderWhatItLost() throws Exception {
        for (int i = 0; i < EventLog.CAPACITY + 10; i++) {
            log.append("qmp", "" + i);
        }
        EventLog.Batch batch = log.read(4, 2, AT_ONCE);
        assertThat(batch.lost()).isEqualTo(6);
        assertThat(batch.entries()).extracting(EventLog.Entry::number).containsExactly(10L, 11L);
    }

    @Test
    void forgetsByLengthToo() throws Exception {
        String half = "x".repeat(EventLog.MAX_CHARACTERS / 2);
        for (int i = 0; i < 3; i++) {
            log.append("qmp", half);
        }
        EventLog.Batch batch = log.read(0, 10, AT_ONCE);
        assertThat(batch.lost()).isEqualTo(1);
        assertThat(batch.entries()).extracting(EventLog.Entry::number).containsExactly(1L, 2L);
    }

    @Test
    void wakesAReaderThatWaits() throws Exception {
        CompletableFuture<EventLog.Batch> reader = CompletableFuture.supplyAsync(() -> read(0));
        log.append("runstate", "x");
        assertThat(reader.get(5, TimeUnit.SECONDS).entries()).hasSize(1);
    }

    @Test
    void sendsReadersHomeWhenItCloses() throws Exception {
        CompletableFuture<EventLog.Batch> reader = CompletableFuture.supplyAsync(() -> read(0));
        log.close();
        assertThat(reader.get(5, TimeUnit.SECONDS).closed()).isTrue();
    }

    private EventLog.Batch read(long from) {
        try {
            return log.read(from, 10, Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
