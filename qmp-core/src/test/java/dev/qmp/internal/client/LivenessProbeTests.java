package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.StringNode;

/** When the probe asks, on a clock held by hand. */
class LivenessProbeTests {

    private final ArrayDeque<Runnable> timers = new ArrayDeque<>();
    private final List<String> happened = new ArrayList<>();
    private boolean waiting;
    private boolean reading;
    private final LivenessProbe probe = new LivenessProbe(
            Duration.ofSeconds(10),
            (delay, task) -> {
                timers.add(task);
                return () -> timers.remove(task);
            },
            () -> waiting,
            () -> reading,
            () -> {
                happened.add("asked");
                return StringNode.valueOf("question");
            },
            () -> happened.add("dead"));

    private void passTime() {
        timers.remove().run();
    }

    @Test
    @DisplayName("#32 while nothing is awaited nobody is asked, and no timer runs")
    void restsWhileNothingIsAwaited() {
        probe.watch();
        probe.watch();
        assertThat(timers).hasSize(1);

        passTime();

        assertThat(timers).isEmpty();
        assertThat(happened).isEmpty();
    }

    @Test
    @DisplayName("#32 as long as anything is heard nobody is asked")
    void listens() {
        waiting = true;
        probe.watch();
        for (int i = 0; i < 5; i++) {
            probe.heard();
            passTime();
        }

        assertThat(happened).isEmpty();
        assertThat(timers).hasSize(1);
    }

    @Test
    @DisplayName("#32 silence is asked about, twice silence is death")
    void declaresDeath() {
        waiting = true;
        probe.watch();
        passTime();
        passTime();
        assertThat(happened).containsExactly("asked");
        passTime();

        assertThat(happened).containsExactly("asked", "dead");
        assertThat(timers).isEmpty();
    }

    @Test
    @DisplayName("#32 any word after the question postpones death, the answer closes the question")
    void goesOnWithASignOfLife() {
        waiting = true;
        probe.watch();
        passTime();
        passTime();
        probe.heard();
        passTime();
        assertThat(happened).containsExactly("asked");
        assertThat(probe.isAnswer(StringNode.valueOf("another"))).isFalse();
        assertThat(probe.isAnswer(StringNode.valueOf("question"))).isTrue();
        assertThat(probe.isAnswer(StringNode.valueOf("question"))).isFalse();
    }

    @Test
    @DisplayName("#32 #36 a server that still reads is not asked, and not dead if it was asked before")
    void letsTheServerRead() {
        waiting = true;
        probe.watch();
        passTime();
        reading = true;
        passTime();
        passTime();
        assertThat(happened).isEmpty();

        reading = false;
        passTime();
        reading = true;
        passTime();
        assertThat(happened).containsExactly("asked");

        reading = false;
        passTime();
        assertThat(happened).containsExactly("asked", "dead");
    }

    @Test
    @DisplayName("#32 the end of the session ends it")
    void stops() {
        waiting = true;
        probe.watch();
        probe.stop();

        assertThat(timers).isEmpty();
    }
}
