package dev.qmp.testing;

import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** Fails the run at its end if a buffer was not released. JUnit finds it as a service, for all tests of the module. */
public final class NoLeaks implements BeforeAllCallback {

    static {
        Leaks.remember();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // closed with the last test, when all that they opened is garbage
        context.getRoot()
                .getStore(Namespace.create(NoLeaks.class))
                .computeIfAbsent(Check.class, key -> new Check(), Check.class);
    }

    private static final class Check implements AutoCloseable {

        @Override
        public void close() {
            List<String> leaks = Leaks.found();
            if (!leaks.isEmpty()) {
                throw new AssertionError(leaks.size() + " leaks: " + String.join("\n", leaks));
            }
        }
    }
}
