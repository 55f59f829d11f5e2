package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.RequiresQemu;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real QEMUs are killed, frozen and replaced under load: for a few seconds in every build, by hand for as long as is
 * wished with {@code -Dtest.soak=PT30M}, and {@code -Dtest.soak.seed=…} to have the same chances again.
 */
@RequiresQemu
class SoakIntegrationTests {

    private static final Duration LENGTH = Duration.parse(System.getProperty("test.soak", "PT5S"));
    private static final long SEED = Long.getLong("test.soak.seed", System.nanoTime());
    private static final Duration ROUND = Duration.ofMillis(Math.min(10_000, LENGTH.toMillis() / 3));
    /** In rounds; what comes after them must not grow. */
    private static final int WARM_UP = LENGTH.compareTo(Duration.ofMinutes(2)) < 0 ? 1 : 5;

    private final List<Place> places = new ArrayList<>();
    private final List<Chaos> chaos = new ArrayList<>();

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    @DisplayName("#22 #23 #24 #82 every outcome is true, nothing is executed twice, and nothing grows once it is warm")
    void tellsTheTruthForLong() {
        System.out.println("soak of " + LENGTH + ", -Dtest.soak.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        Footprint first = null;
        try {
            for (String name : List.of("same", "any-1", "any-2")) {
                Place place = new Place(name, new UUID(random.nextLong(), random.nextLong()), name.equals("same"));
                places.add(place);
                chaos.add(new Chaos(place, random.split()));
            }
            long end = System.nanoTime() + LENGTH.toNanos();
            for (int round = 1; round <= WARM_UP + 1 || System.nanoTime() < end; round++) {
                CompletableFuture.allOf(chaos.stream()
                                .map(one -> CompletableFuture.runAsync(() -> one.round(ROUND), this::spawn))
                                .toArray(CompletableFuture[]::new))
                        .join();
                Footprint now = Footprint.measure();
                if (round <= WARM_UP) {
                    first = now;
                }
                if (round % 10 == 0 || round <= WARM_UP) {
                    report("round " + round + ", " + now);
                }
            }
            Footprint last = Footprint.measure();
            report("from " + first + " to " + last);
            assertThat(first).as("the footprint when warm").isNotNull();
            last.assertFlatSince(first);
            chaos.forEach(Chaos::assertTraffic);
        } finally {
            places.forEach(Place::close);
        }
    }

    private void spawn(Runnable task) {
        new Thread(task, "chaos").start();
    }

    private void report(String headline) {
        System.out.println(headline);
        chaos.forEach(one -> System.out.println("    " + one));
    }
}
