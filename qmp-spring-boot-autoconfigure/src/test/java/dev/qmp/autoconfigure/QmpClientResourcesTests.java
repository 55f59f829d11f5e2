package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QmpClientResourcesTests {

    /** A thread of the library, which has another class loader, starts the threads of listeners. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void listenersHaveTheClassLoaderOfTheApplication(boolean virtualThreads) throws Exception {
        Assumptions.assumeTrue(!virtualThreads || Runtime.version().feature() >= 21, "virtual threads need Java 21");
        Thread test = Thread.currentThread();
        ClassLoader library = test.getContextClassLoader();
        try (URLClassLoader application = new URLClassLoader(new URL[0], library)) {
            test.setContextClassLoader(application);
            try (QmpClientResources resources = new QmpClientResources(virtualThreads)) {
                test.setContextClassLoader(library);
                CompletableFuture<ClassLoader> ofListener = CompletableFuture.supplyAsync(
                        () -> Thread.currentThread().getContextClassLoader(), resources.eventExecutor());
                assertThat(ofListener.get(10, TimeUnit.SECONDS)).isSameAs(application);
            }
        } finally {
            test.setContextClassLoader(library);
        }
    }
}
