package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.Resources;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.preinitialize.BackgroundPreinitializer;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** Boot loads the classes of a client in the background. */
class BackgroundPreinitializerTests {

    @Test
    void bootFindsIt() {
        assertThat(SpringFactoriesLoader.forDefaultResourceLocation().load(BackgroundPreinitializer.class))
                .hasAtLeastOneElementOfType(QmpBackgroundPreinitializer.class);
    }

    @Test
    void nothingStaysOfItButClasses() {
        new QmpBackgroundPreinitializer().preinitialize();
        Resources before = Resources.now();
        for (int i = 0; i < 10; i++) {
            new QmpBackgroundPreinitializer().preinitialize();
        }
        Resources.assertNotMoreThan(before);
    }
}
