package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** How the system's text for a full queue is learned. */
@EnabledOnOs(OS.LINUX)
class BusySocketTextTests {

    @BeforeEach
    @AfterEach
    void forget() {
        BusySocketText.set(null);
    }

    @Test
    @DisplayName("a look at the file that finds no obstacle learns the text of a full queue, and of no other failure")
    void learns(@TempDir Path folder) {
        SocketFiles files = new SocketFiles(Runnable::run);
        assertThat(files.obstacle(folder.resolve("missing")).join()).isPresent();
        assertThat(BusySocketText.learned()).isNull();

        assertThat(files.obstacle(folder).join()).isEmpty();
        String learned = BusySocketText.learned();
        assertThat(learned).isNotBlank().isNotEqualTo("temporarily unavailable");
        assertThat(BusySocketText.isIn(learned + ": /run/vm1.qmp")).isTrue();
        assertThat(BusySocketText.isIn("no such file or directory")).isFalse();
    }
}
