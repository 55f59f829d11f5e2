package dev.qmp.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The texts of failures in messages and logs. */
class TextTests {

    @Test
    @DisplayName("a failure is named by its message on one line, and by its class if it has none")
    void messages() {
        assertThat(Text.messageOf(new IllegalStateException("two\nlines"))).isEqualTo("two\\u000Alines");
        assertThat(Text.messageOf(new ClosedChannelException())).isEqualTo("ClosedChannelException");
        assertThat(Text.messageOf(new IllegalStateException() {})).isEqualTo(TextTests.class.getName() + "$1");
    }
}
