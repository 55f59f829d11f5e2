package dev.qmp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.LineProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** Protocol objects on real sockets, in a folder with a short name. Each test ends with all of them IDLE. */
@Timeout(20)
abstract class OnSockets {

    static final Duration SOON = Duration.ofSeconds(10);

    final EventLoops loops = EventLoops.create(2);
    private final List<AsyncProtocol<?>> made = new ArrayList<>();
    Path folder;

    static Stream<String> endpoints() {
        return Stream.of("unix", "tcp:127.0.0.1:0", "tcp:[::1]:0", "tcp:localhost:0");
    }

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("qmp");
    }

    @AfterEach
    void endsInIdle() throws IOException {
        for (AsyncProtocol<?> protocol : made) {
            await(protocol.disconnect().exceptionally(failure -> null));
            assertThat(protocol.runstate()).isEqualTo(Runstate.IDLE);
        }
        loops.close();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }

    ProtocolOptions.Builder options(String name) {
        return ProtocolOptions.builder(name).eventLoops(loops);
    }

    LineProbe probe() {
        return probe(options -> {});
    }

    LineProbe probe(Consumer<ProtocolOptions.Builder> configurer) {
        ProtocolOptions.Builder options = options("vm1");
        configurer.accept(options);
        return remember(new LineProbe(options.build()));
    }

    <P extends AsyncProtocol<?>> P remember(P protocol) {
        made.add(protocol);
        return protocol;
    }

    Endpoint unix() {
        return Endpoint.unix(folder.resolve("s"));
    }

    Endpoint endpoint(String text) {
        return text.equals("unix") ? unix() : Endpoint.parse(text);
    }

    /** {@return the outcome, soon; what it failed with is thrown bare} */
    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** {@return what the attempt failed with} */
    static QmpConnectException connectFailure(CompletableFuture<?> attempt) {
        try {
            attempt.get(SOON.toSeconds(), TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(QmpConnectException.class);
            return (QmpConnectException) e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("it did not fail");
    }

    static void eventually(org.awaitility.core.ThrowingRunnable assertion) {
        Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(2)).untilAsserted(assertion);
    }
}
