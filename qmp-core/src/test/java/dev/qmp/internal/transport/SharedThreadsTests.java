package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The threads that all connections share, created by a thread with a context of its own. */
@Timeout(30)
class SharedThreadsTests {

    private static final InheritableThreadLocal<String> USER = new InheritableThreadLocal<>();

    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    @BeforeEach
    void setContext() {
        USER.set("alice");
        Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0], before));
    }

    @AfterEach
    void resetContext() {
        USER.remove();
        Thread.currentThread().setContextClassLoader(before);
    }

    /** Checks the context of the thread that runs a task. */
    private static void check(Consumer<Runnable> runner) {
        CompletableFuture<String> user = new CompletableFuture<>();
        CompletableFuture<ClassLoader> loader = new CompletableFuture<>();
        runner.accept(() -> {
            user.complete(USER.get());
            loader.complete(Thread.currentThread().getContextClassLoader());
        });
        assertThat(user.orTimeout(10, TimeUnit.SECONDS).join()).isNull();
        assertThat(loader.join()).isSameAs(EventLoops.class.getClassLoader());
    }

    static Stream<Executor> pools() {
        return Stream.of(
                CallbackExecutor.SHARED,
                BlockingWork.LOOK_UPS,
                BlockingWork.SOCKET_FILES,
                BlockingWork.TLS,
                BlockingWork.HANDSHAKES);
    }

    @ParameterizedTest(autoCloseArguments = false) // all tests of the JVM use the pools, which JDK 19 made closeable
    @MethodSource("pools")
    @DisplayName("a thread of a pool inherits nothing of the thread that needs it first")
    void pool(ThreadPoolExecutor pool) {
        check(task -> pool.getThreadFactory().newThread(task).start());
    }

    @Test
    @DisplayName("an event loop inherits nothing of the thread that needs it first")
    void eventLoop() {
        try (EventLoops loops = EventLoops.create(1)) {
            check(((NettyEventLoops) loops)
                    .nextLoop(ProtocolOptions.builder("test").build())::execute);
        }
    }
}
