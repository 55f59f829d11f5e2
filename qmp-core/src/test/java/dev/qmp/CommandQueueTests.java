package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OverloadException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is written, what waits, and what is refused before it is sent. */
class CommandQueueTests extends OnScriptedServer {

    @Test
    @DisplayName("#33 window: seven commands in band on the wire, the eighth waits, one out of band overtakes it")
    void keepsTheWindow() {
        connect();
        List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            commands.add(client.execute("c" + i));
        }
        List<ObjectNode> heard = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            heard.add(peer.hear("c" + i));
        }
        CompletableFuture<JsonNode> urgent =
                client.execute(QmpCommand.of("urgent").outOfBand());
        peer.answer(peer.hear("urgent"), "{}");
        urgent.join();
        assertThat(client.status().pending()).isEqualTo(7);
        assertThat(client.status().queued()).isEqualTo(13);

        for (int i = 7; i < 20; i++) {
            peer.answer(heard.remove(0), "{}");
            heard.add(peer.hear("c" + i));
        }
        heard.forEach(command -> peer.answer(command, "{}"));
        commands.forEach(CompletableFuture::join);
    }

    @Test
    @DisplayName("#34 queue full: the next command fails at once, and there is room again later")
    void refusesWhenTheQueueIsFull() {
        connect(builder -> builder.outOfBand(false).queueCapacity(3));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");
        List<CompletableFuture<JsonNode>> queued = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            queued.add(client.execute("queued"));
        }

        assertThat(failureOf(client.execute("one-too-many")))
                .isInstanceOf(OverloadException.class)
                .hasMessage("one-too-many was not sent: the queue is full (3 commands, queueCapacity)");

        peer.answer(firstCommand, "{}");
        first.join();
        queued.forEach(command -> {
            peer.answer(peer.hear("queued"), "{}");
            command.join();
        });
        assertThat(client.status().queued()).isZero();
    }

    @Test
    @DisplayName("#36 big command: refused before a byte is sent, the connection is untouched")
    void refusesABigCommand() {
        connect(builder -> builder.maxCommandSize(1000));

        Throwable failure = failureOf(client.execute("big", Map.of("data", "x".repeat(2000))));

        assertThat(failure).isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                .isEqualTo(NotSentException.Reason.UNSENDABLE));
        CompletableFuture<JsonNode> next = client.execute("next");
        peer.answer(peer.hear("next"), "{}");
        next.join();
    }

    @Test
    @DisplayName("G7 #36 a big command is refused at once, and not kept until its turn comes")
    void doesNotKeepABigCommand() {
        connect(builder -> builder.maxCommandSize(1000).maxInFlight(1));
        client.execute("first");
        client.execute("waits");
        peer.hear("first");
        for (Object data : List.of("x".repeat(2000), new int[1000])) {
            assertThat(failureOf(client.execute("big", Map.of("data", data)))).isInstanceOf(NotSentException.class);
        }
        assertThat(client.status().queued()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\uD800", "\uDC00x", "\uFFFF", "\uFFFE", "\uFDD0", "\uFDEF", "\uD83F\uDFFE", "\uDBFF\uDFFF"})
    @DisplayName("#37 what QEMU could not parse is never sent")
    void refusesWhatCannotBeParsed(String text) {
        connect();

        assertThat(failureOf(client.execute("bad", Map.of("text", text)))).isInstanceOf(NotSentException.class);
        assertThat(failureOf(client.execute("bad", Map.of(text, 1)))).isInstanceOf(NotSentException.class);
        assertThat(failureOf(client.execute("bad" + text))).isInstanceOf(NotSentException.class);

        CompletableFuture<JsonNode> next = client.execute("next", Map.of("pair", "\uD83D\uDE00\uFDCF\uFDF0\uFFFD"));
        ObjectNode heard = peer.hear("next");
        assertThat(heard.at("/arguments/pair").stringValue()).isEqualTo("\uD83D\uDE00\uFDCF\uFDF0\uFFFD");
        peer.answer(heard, "{}");
        next.join();
    }

    @ParameterizedTest(name = "#37 {0} is never sent")
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void refusesWhatIsNoNumber(double number) {
        connect();
        List<ObjectNode> bad = List.of(
                QmpJson.object().put("x", number),
                QmpJson.object().put("x", (float) number),
                QmpJson.object().set("x", QmpJson.object().putArray("y").add(number)));

        assertThat(bad).allSatisfy(arguments -> assertThat(failureOf(client.execute("bad", arguments)))
                .isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                        .isEqualTo(NotSentException.Reason.UNSENDABLE)));
        assertThat(failureOf(client.execute("bad", Map.of("x", number))))
                .isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                        .isEqualTo(NotSentException.Reason.UNSENDABLE));

        CompletableFuture<JsonNode> next = client.execute("next");
        peer.answer(peer.hear("next"), "{}");
        next.join();
    }

    @Test
    void aCommandIssuedOnTheLoopDoesNotOvertakeAnEarlierOneOfAnotherThread() {
        connect(builder -> builder.callbackExecutor(Runnable::run));
        CompletableFuture<Void> onLoop = new CompletableFuture<>();
        CompletableFuture<Void> issued = new CompletableFuture<>();
        client.events().subscribe(EventFilter.named("NOW"), event -> {
            onLoop.complete(null);
            issued.join();
            client.execute("second");
        });
        peer.emit("NOW");
        onLoop.join();
        client.execute("first");
        issued.complete(null);

        peer.hear("first");
        peer.hear("second");
    }
}
