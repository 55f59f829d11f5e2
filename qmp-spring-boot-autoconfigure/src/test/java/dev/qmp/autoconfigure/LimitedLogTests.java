package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Which lines are admitted and which are summed up, with the end of each pause decided by the test. */
class LimitedLogTests {

    private final Map<String, Long> sums = new HashMap<>();
    private final Queue<Runnable> pauses = new ArrayDeque<>();
    private final LimitedLog<String> log =
            new LimitedLog<>(pauses::add, 2, "other", (kind, held) -> sums.merge(kind, held, Long::sum));

    @Test
    void input27TheFirstOfEachKindIsAdmittedAndTheRestIsSummedUpAtTheEnd() {
        assertThat(log.admit("a", 1)).isTrue();
        assertThat(log.admit("a", 2)).isFalse();
        assertThat(log.admit("a", 3)).isFalse();
        assertThat(log.admit("b", 1)).isTrue();
        assertThat(sums).isEmpty();
        log.close();
        assertThat(sums).containsOnly(Map.entry("a", 5L));
        assertThat(log.admit("a", 1)).isTrue();
    }

    @Test
    void input27TheSumIsWrittenWhenThePauseEndsThoughNothingFollows() {
        log.admit("a", 1);
        log.admit("a", 7);
        pauses.remove().run();
        assertThat(sums).containsOnly(Map.entry("a", 7L));
        assertThat(log.admit("a", 1)).as("the sum begins another pause").isFalse();
    }

    @Test
    void input27AKindIsNewAgainAfterAQuietPause() {
        log.admit("a", 1);
        pauses.remove().run();
        assertThat(log.admit("a", 1)).isTrue();
        assertThat(sums).isEmpty();
    }

    @Test
    void input27ASummaryThatThrowsCostsOneLine() {
        LimitedLog<String> log = new LimitedLog<>(pauses::add, 2, "other", (kind, held) -> {
            if (held == 7) {
                throw new IllegalStateException("no space left on the device");
            }
            sums.merge(kind, held, Long::sum);
        });
        log.admit("a", 1);
        log.admit("a", 7);
        pauses.remove().run();
        assertThat(log.admit("a", 2)).as("another pause has begun").isFalse();
        pauses.remove().run();
        assertThat(sums).containsOnly(Map.entry("a", 2L));
        log.admit("a", 7);
        log.admit("b", 1);
        log.admit("b", 3);
        log.close();
        assertThat(sums).containsOnly(Map.entry("a", 2L), Map.entry("b", 3L));
    }

    @Test
    void input27AKindIsNotSilentForEverWithoutAThreadForTheEndOfItsPause() {
        List<Runnable> started = new ArrayList<>();
        LimitedLog<String> log = new LimitedLog<>(
                pause -> {
                    if (started.isEmpty()) {
                        started.add(pause);
                        throw new RejectedExecutionException("no thread");
                    }
                    pauses.add(pause);
                },
                2,
                "other",
                (kind, held) -> sums.merge(kind, held, Long::sum));
        assertThat(log.admit("a", 1)).isTrue();
        assertThat(log.admit("a", 1)).isTrue();
        assertThat(log.admit("a", 5)).isFalse();
        pauses.remove().run();
        assertThat(sums).containsOnly(Map.entry("a", 5L));
    }

    @Test
    void input27KindsWithoutEndTakeNoMemoryWithoutEnd() {
        assertThat(log.admit("a", 1)).isTrue();
        assertThat(log.admit("b", 1)).isTrue();
        assertThat(log.admit("c", 1)).as("the first of the others").isTrue();
        assertThat(log.admit("d", 1)).isFalse();
        assertThat(log.admit("a", 1)).isFalse();
        log.close();
        assertThat(sums).containsOnly(Map.entry("other", 1L), Map.entry("a", 1L));
    }
}
