package dev.qmp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The text of a change, which applications log. */
class RunstateChangeTests {

    @Test
    @DisplayName("control characters in the cause's text are escaped, and a cause without text is named by its class")
    void escapesTheCausesText() {
        assertThat(textOf(new IllegalStateException("no\nERROR forged\u001b-")))
                .isEqualTo("RUNNING -> IDLE (no\\u000AERROR forged\\u001B-)");
        assertThat(textOf(new IllegalStateException())).isEqualTo("RUNNING -> IDLE (IllegalStateException)");
        assertThat(textOf(null)).isEqualTo("RUNNING -> IDLE");
    }

    private static String textOf(Throwable cause) {
        return new RunstateChange(Runstate.RUNNING, Runstate.IDLE, cause, Instant.EPOCH).toString();
    }
}
