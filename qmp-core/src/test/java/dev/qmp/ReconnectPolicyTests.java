package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReconnectPolicyTests {

    private static final Duration FIRST = Duration.ofMillis(100);

    private static List<Duration> delays(ReconnectPolicy policy, int count) {
        return Stream.generate(policy.newSchedule()::nextDelay).limit(count).toList();
    }

    @Test
    void thePolicyWithoutAttemptsIsOneObjectWithAName() {
        assertThat(ReconnectPolicy.never()).isSameAs(ReconnectPolicy.never()).hasToString("ReconnectPolicy.never()");
        assertThatIllegalStateException().isThrownBy(ReconnectPolicy.never()::newSchedule);
    }

    @Test
    void delaysGrowToTheLongest() {
        ReconnectPolicy policy = ReconnectPolicy.exponential(FIRST, 2, 0, Duration.ofMillis(500));
        assertThat(delays(policy, 5)).extracting(Duration::toMillis).containsExactly(100L, 200L, 400L, 500L, 500L);
    }

    @Test
    void eachScheduleBeginsWithTheFirstDelay() {
        ReconnectPolicy policy = ReconnectPolicy.exponential(FIRST, 2, 0, Duration.ofSeconds(1));
        assertThat(delays(policy, 3)).hasSize(3);
        assertThat(policy.newSchedule().nextDelay()).isEqualTo(FIRST);
    }

    /** With 1000 delays, the chance that none is in the outer tenth of either side is below 1e-22. */
    @ParameterizedTest
    @ValueSource(doubles = {0.2, 1.0})
    void jitterVariesEachDelayInBothDirectionsWithinItsShare(double jitter) {
        ReconnectPolicy policy = ReconnectPolicy.exponential(FIRST, 1, jitter, FIRST);
        List<Double> shares = delays(policy, 1000).stream()
                .map(delay -> delay.toNanos() / (double) FIRST.toNanos() - 1)
                .toList();
        assertThat(shares).allMatch(share -> Math.abs(share) <= jitter + 1e-9);
        assertThat(shares).anyMatch(share -> share > 0.9 * jitter).anyMatch(share -> share < -0.9 * jitter);
    }

    @Test
    void jitterVariesTheLongestDelayToo() {
        ReconnectPolicy policy = ReconnectPolicy.exponential(FIRST, 10, 0.5, Duration.ofMillis(150));
        assertThat(delays(policy, 1000).subList(1, 1000))
                .allMatch(delay -> delay.toMillis() <= 225)
                .anyMatch(delay -> delay.toMillis() > 150);
    }
}
