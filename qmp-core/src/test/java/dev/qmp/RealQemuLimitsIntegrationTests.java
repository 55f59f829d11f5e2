package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.testing.MainLoopBlocker;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a real QEMU takes at a time: commands on the wire, bytes of one, levels of one. */
@RequiresQemu
class RealQemuLimitsIntegrationTests extends OnRealQemu {

    @Test
    @DisplayName("#33 while a command blocks the machine, six wait on the wire and one out of band overtakes all")
    void overtakesABlockedMainLoop() throws IOException {
        QmpClient client = client(qemu.endpoint());
        client.blocking().connect();
        assertThat(client.status().outOfBand()).isTrue();
        MainLoopBlocker blocker = new MainLoopBlocker(qemu);
        CompletableFuture<JsonNode> blocked = client.execute(blocker.command());
        List<CompletableFuture<JsonNode>> behind = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            behind.add(client.execute("query-status"));
        }
        await().until(() -> client.status().pending() == 7);
        assertThat(client.status().queued()).isEqualTo(6);

        assertThat(client.execute(QmpCommand.of("query-yank").outOfBand())
                        .handle((result, failure) -> failure == null || failure instanceof RejectedException))
                .as("an answer; before QEMU 6.0 it is that there is no such command")
                .succeedsWithin(Duration.ofSeconds(10))
                .isEqualTo(true);
        assertThat(blocked).isNotDone();
        assertThat(behind).noneMatch(CompletableFuture::isDone);

        blocker.release();
        assertThat(blocked).succeedsWithin(Duration.ofSeconds(10));
        assertThat(behind).allSatisfy(status -> assertThat(status).succeedsWithin(Duration.ofSeconds(10)));
    }

    @Test
    @DisplayName("#36 a command of a megabyte is read to its end, though QEMU answers nothing meanwhile")
    void sendsABigCommand() {
        QmpClient client = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.never())
                .livenessTimeout(Duration.ofSeconds(1))
                .maxCommandSize(8 * 1024 * 1024)
                .build();
        clients.add(client);
        client.blocking().connect();
        QmpCommand big = QmpCommand.of("object-add")
                .withArgument("qom-type", "secret")
                .withArgument("id", "big")
                .withArgument("data", "x".repeat(1024 * 1024));

        assertThat(client.execute(big)).succeedsWithin(Duration.ofMinutes(2)); // a busy machine needs most of one
        assertThat(client.blocking().execute("query-status").has("running")).isTrue();
    }

    // ------------------------------------------------------------------ what JSON can carry

    @Test
    @DisplayName("#37 a message of a thousand levels is read by QEMU, and a deeper one is not sent")
    void sendsAThousandLevels() {
        QmpClient client = client(qemu.endpoint());
        client.blocking().connect();
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> client.blocking().execute("query-status", nested(1000)))
                .withMessageContaining("deeper than 1000 levels");
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> client.blocking().execute("query-status", nested(999)))
                .withMessageContaining("Parameter 'a' is unexpected");
        client.blocking().execute("query-status");
    }

    /** {@return arguments of so many levels} */
    private static ObjectNode nested(int levels) {
        ObjectNode outermost = QmpJson.object();
        ObjectNode innermost = outermost;
        for (int i = 1; i < levels; i++) {
            innermost = innermost.putObject("a");
        }
        return outermost;
    }
}
