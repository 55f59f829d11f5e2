package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands that the status of a client lists. */
class CommandsInFlightTests extends OnScriptedServer {

    @Test
    @DisplayName("the status lists each command with its name, its age and its stage, the oldest first")
    void listsNameAgeAndStage() {
        connect(builder -> builder.outOfBand(false));
        assertThat(client.status().commands()).isEmpty();
        CompletableFuture<JsonNode> first = client.execute("first", Map.of("password", "hunter2"));
        CompletableFuture<JsonNode> second = client.execute("second");
        ObjectNode heard = peer.hear("first");

        await().untilAsserted(() -> assertThat(client.status().commands())
                .extracting(CommandInFlight::name, CommandInFlight::stage)
                .containsExactly(
                        tuple("first", CommandInFlight.Stage.WRITTEN), tuple("second", CommandInFlight.Stage.QUEUED)));
        List<CommandInFlight> before = client.status().commands();
        assertThat(before.toString()).doesNotContain("hunter2");
        assertThat(before.get(0).age()).isBetween(before.get(1).age(), Duration.ofSeconds(20));
        await().until(() ->
                client.status().commands().get(0).age().compareTo(before.get(0).age()) > 0);

        first.cancel(false);
        await().untilAsserted(() -> assertThat(client.status().commands())
                .extracting(CommandInFlight::stage)
                .containsExactly(CommandInFlight.Stage.ABANDONED, CommandInFlight.Stage.QUEUED));
        peer.answer(heard, "{}");
        peer.answer(peer.hear("second"), "{}");
        second.join();
        assertThat(client.status().commands()).isEmpty();
    }

    @Test
    @DisplayName("the list is bounded: with more commands it has the oldest hundred, while the counts have all")
    void isBounded() {
        connect();
        for (int i = 0; i < 150; i++) {
            client.execute(QmpCommand.of("c" + i));
        }

        await().until(() -> client.status().commands().size() == QmpClientStatus.MAX_COMMANDS);
        assertThat(client.status().commands().get(0).name()).isEqualTo("c0");
        assertThat(client.status().commands().get(99).name()).isEqualTo("c99");
        await().until(() -> client.status().queued() + client.status().pending() == 150);
    }
}
