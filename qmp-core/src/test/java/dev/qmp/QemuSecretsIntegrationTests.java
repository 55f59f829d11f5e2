package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.ResultException;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import tools.jackson.databind.JsonNode;

/** A secret that a real QEMU is given, and gives back. */
@Timeout(60)
@RequiresQemu
class QemuSecretsIntegrationTests {

    private static final String CANARY = "hunter2-of-qemu";
    private static final Map<String, Object> SECRET = Map.of("qom-type", "secret", "id", "s0", "data", CANARY);
    private static final QmpCommand READ = QmpCommand.of("qom-get", Map.of("path", "/objects/s0", "property", "data"));

    private final List<String> texts = new CopyOnWriteArrayList<>();

    private void tell(Object object) {
        texts.add(String.valueOf(object));
    }

    private void tellFailure(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        texts.add(trace.toString());
    }

    private void tellFailureOf(CompletableFuture<?> future, Class<? extends Throwable> expected) {
        Throwable failure = future.handle((result, thrown) -> thrown)
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        assertThat(failure).isInstanceOf(expected);
        tellFailure(failure);
        tell(future);
    }

    @Test
    @DisplayName(
            "#77 a secret of a real QEMU shows in no log at TRACE, no exception, no toString and to no observer's text")
    void keepsSecrets() {
        try (LogRecorder log = LogRecorder.of(Logger.ROOT_LOGGER_NAME);
                LogRecorder netty = LogRecorder.of("io.netty");
                Qemu qemu = Qemu.start();
                QmpClient client = QmpClient.builder(qemu.endpoint())
                        .reconnect(ReconnectPolicy.never())
                        .commandObserver((observed, command) -> {
                            tell(observed);
                            tell(command);
                            return failure -> {
                                if (failure != null) {
                                    tellFailure(failure);
                                }
                            };
                        })
                        .build()) {
            client.blocking().connect();
            CompletableFuture<JsonNode> added = client.execute("object-add", SECRET);
            added.join();
            CompletableFuture<JsonNode> read = client.execute(READ);
            assertThat(read.join().stringValue()).as("QEMU gives it back").isEqualTo(CANARY);
            tell(added);
            tell(read);
            tell(READ);

            tellFailureOf(client.execute("object-add", SECRET), RejectedException.class);
            tellFailureOf(client.execute(READ, Integer.class), ResultException.class);
            qemu.freeze();
            tellFailureOf(client.execute(READ.withTimeout(Duration.ofMillis(500))), CommandTimeoutException.class);
            qemu.thaw();
            Awaitility.await().until(() -> client.status().abandoned() == 0);
            qemu.freeze();
            CompletableFuture<JsonNode> lost = client.execute(READ);
            Awaitility.await().until(() -> client.status().pending() == 1);
            qemu.kill();
            tellFailureOf(lost, Throwable.class);
            tell(client);
            tell(client.status());

            assertThat(log.everything()).isNotEmpty().noneMatch(line -> line.contains(CANARY));
            assertThat(netty.everything()).noneMatch(line -> line.contains(CANARY));
            assertThat(texts).hasSizeGreaterThan(10).noneMatch(text -> text.contains(CANARY));
        }
    }
}
