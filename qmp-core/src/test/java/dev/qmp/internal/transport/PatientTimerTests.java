package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A late timer waits until the loop has read what arrived, and a timer in time does not wait. */
class PatientTimerTests {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final NettyLoop loop = new NettyLoop(channel.eventLoop());
    private final AtomicBoolean ran = new AtomicBoolean();

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void start(long delayMillis) {
        loop.schedule(Duration.ofMillis(delayMillis), () -> ran.set(true));
    }

    private void passAndRun(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void aTimerInTimeRunsAtOnce() {
        start(100);
        passAndRun(101);
        assertThat(ran).isTrue();
    }

    @ParameterizedTest
    @DisplayName("#83 a timer that is late by some milliseconds or more lets the loop read first")
    @ValueSource(longs = {3, 10, 25, 40, 70, 3000})
    void aLateTimerWaitsOnce(long late) {
        start(100);
        passAndRun(100 + late);
        assertThat(ran).isFalse();
        passAndRun(25);
        assertThat(ran).isTrue();
    }

    @Test
    @DisplayName("#83 a late timer waits half a second at most, while the loop reads a long reply")
    void aLateTimerWaitsWhileBytesArrive() {
        start(100);
        passAndRun(3100);
        for (int waited = 0; waited < 500; waited += 25) {
            assertThat(ran).isFalse();
            loop.arrived();
            passAndRun(25);
        }
        assertThat(ran).isTrue();
    }

    @Test
    void aLateTimerRunsWhenNoMoreBytesArrive() {
        start(100);
        passAndRun(3100);
        loop.arrived();
        passAndRun(25);
        assertThat(ran).isFalse();
        passAndRun(25);
        assertThat(ran).isTrue();
    }

    @Test
    void onABusyLoopATimerIsAtMostTwiceAsLate() {
        start(100);
        passAndRun(150);
        for (int waited = 0; waited < 50; waited += 25) {
            assertThat(ran).isFalse();
            loop.arrived();
            passAndRun(25);
        }
        assertThat(ran).isTrue();
    }

    @Test
    void aShortTimerWaitsShortly() {
        start(1);
        passAndRun(31);
        assertThat(ran).isFalse();
        passAndRun(1);
        assertThat(ran).isTrue();
    }
}
