package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ListenerException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The next event, and a command that is done when an event says so. */
class CommandWithEventTests extends OnEventSource {

    @Test
    @DisplayName("G6 next: the very next event, even when many come at once")
    void findsTheNextEvent() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> next = client.events().next(EventFilter.named("A", "B"));
        peer.sayPart("{\"event\": \"X\"}{\"event\": \"A\"}" + "{\"event\": \"B\"}".repeat(50));

        assertThat(next.join().name()).isEqualTo("A");
    }

    @Test
    @DisplayName("G1 next fails when the session ends")
    void failsTheNextEventWithItsSession() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> next = client.events().next(EventFilter.all());
        peer.close();

        assertThat(failureOf(next)).isInstanceOf(ConnectionLostException.class);
    }

    @Test
    @DisplayName("G1 next fails when the client is closed, and after that at once")
    void failsTheNextEventOfAClosedClient() {
        CompletableFuture<QmpEvent> before = client.events().next(EventFilter.all());
        client.close();

        assertThat(failureOf(before)).isInstanceOf(ListenerException.class);
        assertThat(failureOf(client.events().next(EventFilter.all()))).isInstanceOf(ListenerException.class);
    }

    private static boolean isOfNet0(QmpEvent event) {
        return event.data().get("device").stringValue().equals("net0");
    }

    @Test
    @DisplayName("G6 next: a filter that throws ends the wait, and no wrong event is taken for the right one")
    void endsTheWaitWithItsFilter() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> next =
                client.events().next(EventFilter.all().where(CommandWithEventTests::isOfNet0));
        peer.emit("DEVICE_DELETED");

        assertThat(failureOf(next))
                .isInstanceOf(ListenerException.class)
                .hasMessageContaining("DEVICE_DELETED")
                .hasRootCauseInstanceOf(NullPointerException.class);
    }

    // ------------------------------------------------------------------ a command and its event

    @Test
    @DisplayName(
            "G4 G6 a command whose event cannot be told from others, since the filter throws, has an unknown outcome")
    void cannotTellWithoutItsFilter() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> deleted = client.executeAndAwait(
                QmpCommand.of("device_del"),
                EventFilter.named("DEVICE_DELETED").where(CommandWithEventTests::isOfNet0),
                SOON);
        ObjectNode command = peer.hear("device_del");
        peer.emit("DEVICE_DELETED");
        settle(peer);
        assertThat(deleted).isNotDone();
        peer.answer(command, "{}");

        assertThat(failureOf(deleted)).isInstanceOfSatisfying(OutcomeUnknownException.class, unknown -> {
            assertThat(unknown.reason()).isEqualTo(OutcomeUnknownException.Reason.FILTER_FAILED);
            assertThat(unknown).hasRootCauseInstanceOf(NullPointerException.class);
        });
    }

    @Test
    @DisplayName("G6 a command and its event are awaited together, in either order")
    void awaitsCommandAndEventInEitherOrder() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> first =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.answer(peer.hear("job"), "{}").emit("OTHER").emit("DONE");
        assertThat(first.join().name()).isEqualTo("DONE");

        CompletableFuture<QmpEvent> second =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        ObjectNode command = peer.hear("job");
        peer.emit("DONE");
        settle(peer);
        assertThat(second).isNotDone();
        peer.answer(command, "{}");
        assertThat(second.join().name()).isEqualTo("DONE");
    }

    @Test
    @DisplayName("G4 a command whose event does not come has an unknown outcome; one that is refused was refused")
    void tellsWhyTheEventDidNotCome() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> refused =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.reject(peer.hear("job"), "GenericError", "no");
        assertThat(failureOf(refused)).isInstanceOf(RejectedException.class);

        CompletableFuture<QmpEvent> late =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), Duration.ofSeconds(3));
        peer.answer(peer.hear("job"), "{}");
        assertThat(failureOf(late))
                .isInstanceOf(CommandTimeoutException.class)
                .hasMessage("job has an unknown outcome: its event did not come within 3000 ms");

        CompletableFuture<QmpEvent> lost =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.answer(peer.hear("job"), "{}");
        peer.close();
        assertThat(failureOf(lost)).isInstanceOf(OutcomeUnknownException.class);

        assertThat(failureOf(client.executeAndAwait(QmpCommand.of("job"), EventFilter.all(), SOON)))
                .isInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName("G4 a command that is still queued when its time is up was not sent")
    void tellsThatAQueuedCommandWasNotSent() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .outOfBand(false)
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode command = peer.hear("slow");

        CompletableFuture<QmpEvent> queued =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.all(), Duration.ofMillis(100));

        assertThat(failureOf(queued)).isInstanceOf(NotSentException.class);
        peer.answer(command, "{}");
        slow.join();
        settle(peer);
    }

    @Test
    @DisplayName("G1 a deadline's outcome is told on the callback executor, never on the event loop")
    void tellsDeadlinesOnTheCallbackExecutor() {
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> continued = client.executeAndAwait(
                        QmpCommand.of("job"), EventFilter.all(), Duration.ofMillis(100))
                .handle((event, failure) -> client.blocking().execute("after"));
        peer.answer(peer.hear("job"), "{}");
        peer.answer(peer.hear("after"), "{}");

        assertThat(continued).succeedsWithin(SOON);
    }
}
