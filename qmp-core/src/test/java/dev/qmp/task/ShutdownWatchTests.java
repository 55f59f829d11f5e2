package dev.qmp.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpEvent;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When a machine may be a new one. */
class ShutdownWatchTests {

    private final ShutdownWatch machine = new ShutdownWatch();

    @Test
    @DisplayName("a machine may be new after a shutdown and the end of its session, until its guest is known to be off")
    void doubtsAfterAShutdown() {
        machine.onEvent(QmpEvent.of("SHUTDOWN"));
        assertThat(machine.mayBeNew()).isFalse();

        machine.onDisconnected();
        assertThat(machine.mayBeNew()).isTrue();
        machine.onStatus("running");
        assertThat(machine.mayBeNew()).isTrue();

        machine.onStatus("shutdown");
        assertThat(machine.mayBeNew()).isFalse();
    }

    @Test
    @DisplayName("a guest that runs again before the end of the session has the same machine")
    void trustsAResumedGuest() {
        machine.onEvent(QmpEvent.of("SHUTDOWN"));
        machine.onEvent(QmpEvent.of("RESET"));
        machine.onDisconnected();

        assertThat(machine.mayBeNew()).isFalse();
    }

    @Test
    @DisplayName("the doubt outlives a session that resumes the guest, and ends before the guest's status is known")
    void doubtsInLaterSessions() {
        machine.onEvent(QmpEvent.of("SHUTDOWN"));
        machine.onDisconnected();
        machine.onEvent(QmpEvent.of("RESUME"));
        machine.onDisconnected();

        machine.onStatus("running");
        assertThat(machine.mayBeNew()).isTrue();
    }
}
