package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class LimitedLogTests {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(20);

    private final Map<String, Long> sums = new ConcurrentHashMap<>();

    private LimitedLog<String> log(Duration pause) {
        return new LimitedLog<>(pause, 2, "other", (kind, held) -> sums.merge(kind, held, Long::sum));
    }

    @Test
    void input27TheFirstOfEachKindIsAdmittedAndTheRestIsSummedUpAtTheEnd() {
        LimitedLog<String> log = log(LONG);
        assertThat(log.admits("a", 1)).isTrue();
        assertThat(log.admits("a", 2)).isFalse();
        assertThat(log.admits("a", 3)).isFalse();
        assertThat(log.admits("b", 1)).isTrue();
        assertThat(sums).isEmpty();
        log.close();
        assertThat(sums).containsOnly(Map.entry("a", 5L));
        assertThat(log.admits("a", 1)).isTrue();
    }

    @Test
    void input27TheSumIsWrittenWhenThePauseEndsThoughNothingFollows() {
        LimitedLog<String> log = log(SHORT);
        log.admits("a", 1);
        log.admits("a", 7);
        Awaitility.await().untilAsserted(() -> assertThat(sums).containsOnly(Map.entry("a", 7L)));
    }

    @Test
    void input27AKindIsNewAgainAfterAQuietPause() {
        LimitedLog<String> log = log(SHORT);
        log.admits("a", 1);
        // each attempt that is held back begins another pause, so the attempts are far apart
        Awaitility.await()
                .pollDelay(SHORT.multipliedBy(20))
                .pollInterval(SHORT.multipliedBy(20))
                .until(() -> log.admits("a", 1));
    }

    @Test
    void input27KindsWithoutEndTakeNoMemoryWithoutEnd() {
        LimitedLog<String> log = log(LONG);
        assertThat(log.admits("a", 1)).isTrue();
        assertThat(log.admits("b", 1)).isTrue();
        assertThat(log.admits("c", 1)).as("the first of the others").isTrue();
        assertThat(log.admits("d", 1)).isFalse();
        assertThat(log.admits("a", 1)).isFalse();
        log.close();
        assertThat(sums).containsOnly(Map.entry("other", 1L), Map.entry("a", 1L));
    }
}
