package dev.qmp.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.time.Duration;
import org.awaitility.Awaitility;

/**
 * The system resources of this process.
 *
 * @param threads live threads
 * @param files open files and sockets; 0 if the system does not report them
 */
public record Resources(int threads, int files) {

    private static final int SLACK = 4;

    /** {@return what it holds now} */
    public static Resources now() {
        String[] open = new File("/proc/self/fd").list();
        return new Resources(Thread.activeCount(), open == null ? 0 : open.length);
    }

    /** Waits a little for what is just being closed, and makes sure that no more is held than before. */
    public static void assertNotMoreThan(Resources before) {
        Awaitility.await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            Resources now = now();
            assertThat(now.threads).isLessThanOrEqualTo(before.threads + SLACK);
            assertThat(now.files).isLessThanOrEqualTo(before.files + SLACK);
        });
    }
}
