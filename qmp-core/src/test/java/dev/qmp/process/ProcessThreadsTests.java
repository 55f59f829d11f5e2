package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProcessThreadsTests {

    @Test
    @DisplayName("a thread inherits nothing of the thread that creates it")
    void inheritsNothing() {
        InheritableThreadLocal<String> user = new InheritableThreadLocal<>();
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        user.set("alice");
        Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0], before));
        try {
            CompletableFuture<String> inherited = new CompletableFuture<>();
            Thread thread = ProcessThreads.create(() -> inherited.complete(user.get()), "qmp-test");
            assertThat(thread.getContextClassLoader()).isSameAs(ProcessThreads.class.getClassLoader());
            thread.start();
            assertThat(inherited.join()).isNull();
        } finally {
            user.remove();
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
