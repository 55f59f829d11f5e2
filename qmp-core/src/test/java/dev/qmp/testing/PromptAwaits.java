package dev.qmp.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Has every await look at once, and then a hundred times a second: left to itself, each of them waits a tenth of a
 * second before it looks for the first time. JUnit finds it as a service, for all tests of a module.
 */
public final class PromptAwaits implements BeforeAllCallback {

    static {
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // done when the class was loaded
    }
}
