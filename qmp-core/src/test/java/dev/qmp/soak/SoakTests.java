package dev.qmp.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Resources;
import dev.qmp.testing.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Real machines under load, killed, frozen, cut off and replaced, each by itself: for a few seconds in every build, for
 * as long as {@code -Dqmp.soak=PT30M} says by hand. No command is executed twice, and the machine and the client agree on
 * all of them.
 */
@RequiresTool(Tool.QEMU)
class SoakTests {

    private static final Duration LENGTH = Duration.parse(System.getProperty("qmp.soak", "PT5S"));
    private static final long SEED = Long.getLong("qmp.soak.seed", System.nanoTime());
    private static final int MACHINES = 2;

    @Test
    void everyoneAgreesOnWhatWasExecuted() {
        System.out.println("the soak's seed: -Dqmp.soak.seed=" + SEED);
        ExecutorService threads = Executors.newFixedThreadPool(MACHINES);
        List<Machine> machines = IntStream.range(0, MACHINES)
                .mapToObj(number -> new Machine("soak" + number, SEED + number))
                .toList();
        try {
            rounds(machines, threads, LENGTH.dividedBy(10));
            Resources before = Resources.now();
            long heap = heapInUse();

            rounds(machines, threads, LENGTH);

            System.out.println("seed " + SEED + ", heap " + heap / 1024 + " KiB then, " + heapInUse() / 1024
                    + " KiB now; then " + before + ", now " + Resources.now());
            machines.forEach(machine -> System.out.println(machine.report()));
            Resources.assertNotMoreThan(before);
            assertThat(heapInUse() - heap).as("growth of the heap").isLessThan(8 << 20);
        } finally {
            machines.forEach(Machine::close);
            threads.shutdownNow();
        }
    }

    private static void rounds(List<Machine> machines, ExecutorService threads, Duration length) {
        Instant end = Instant.now().plus(length);
        CompletableFuture.allOf(machines.stream()
                        .map(machine -> CompletableFuture.runAsync(
                                () -> {
                                    do {
                                        machine.round();
                                    } while (Instant.now().isBefore(end));
                                },
                                threads))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    private static long heapInUse() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
