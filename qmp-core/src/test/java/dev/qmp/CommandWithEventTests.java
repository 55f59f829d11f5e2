package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ListenerException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventAwait;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.FailedByEventException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
            "G4 G6 a predicate that throws ends the wait, since its event cannot be known: executed, event not seen")
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

        assertThat(failureOf(deleted)).isInstanceOfSatisfying(EventNotSeenException.class, notSeen -> {
            assertThat(notSeen.reason()).isEqualTo(EventNotSeenException.Reason.FILTER_FAILED);
            assertThat(notSeen)
                    .hasMessageContaining("DEVICE_DELETED")
                    .hasRootCauseInstanceOf(NullPointerException.class);
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
    @DisplayName("G4 each way in which a command with an event fails has an exception of its own")
    void input13EachOutcomeHasAnExceptionOfItsOwn() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> refused =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.reject(peer.hear("job"), "GenericError", "no");
        assertThat(failureOf(refused)).isInstanceOf(RejectedException.class);

        CompletableFuture<QmpEvent> late =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), Duration.ofMillis(300));
        peer.answer(peer.hear("job"), "{\"number\": 7}");
        assertThat(failureOf(late)).isInstanceOfSatisfying(EventNotSeenException.class, notSeen -> {
            assertThat(notSeen)
                    .hasMessage("job was executed, but its event was not seen: no event within 300 ms after the reply");
            assertThat(notSeen.reason()).isEqualTo(EventNotSeenException.Reason.TIMED_OUT);
            assertThat(notSeen.result().path("number").intValue()).isEqualTo(7);
        });
        assertThat(client.status().orphaned()).isZero();

        CompletableFuture<QmpEvent> unanswered = client.executeAndAwait(
                QmpCommand.of("job").withTimeout(Duration.ofMillis(200)), EventFilter.named("DONE"), SOON);
        ObjectNode command = peer.hear("job");
        peer.emit("DONE");
        assertThat(failureOf(unanswered)).isInstanceOf(CommandTimeoutException.class);
        peer.answer(command, "{}");

        CompletableFuture<QmpEvent> lost =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        CompletableFuture<QmpEvent> unknown =
                client.executeAndAwait(QmpCommand.of("other"), EventFilter.named("DONE"), SOON);
        peer.answer(peer.hear("job"), "{}");
        peer.hear("other");
        peer.close();
        assertThat(failureOf(lost))
                .isInstanceOfSatisfying(EventNotSeenException.class, notSeen -> assertThat(notSeen.reason())
                        .isEqualTo(EventNotSeenException.Reason.DISCONNECTED));
        assertThat(failureOf(unknown)).isInstanceOf(OutcomeUnknownException.class);

        assertThat(failureOf(client.executeAndAwait(QmpCommand.of("job"), EventFilter.all(), SOON)))
                .isInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName(
            "G4 the limit of the event does not shorten the command's own time, neither for the reply nor in the queue")
    void input43TheEventsTimeLimitsTheEventOnly() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .outOfBand(false)
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode blocking = peer.hear("slow");
        CompletableFuture<QmpEvent> job = client.executeAndAwait(
                QmpCommand.of("job").withTimeout(SOON), EventFilter.named("DONE"), Duration.ofMillis(100));
        CompletableFuture<Void> passed =
                new CompletableFuture<Void>().completeOnTimeout(null, 300, TimeUnit.MILLISECONDS);
        passed.join();
        assertThat(job).as("still queued").isNotDone();
        peer.answer(blocking, "{}");
        slow.join();
        ObjectNode command = peer.hear("job");
        peer.emit("DONE");
        new CompletableFuture<Void>()
                .completeOnTimeout(null, 300, TimeUnit.MILLISECONDS)
                .join();
        assertThat(job).as("still unanswered").isNotDone();
        peer.answer(command, "{}");

        assertThat(job).succeedsWithin(SOON);
    }

    @Test
    @DisplayName("G6 an event from before the command was written is not its event")
    void input43IgnoresEventsFromBeforeTheCommandWasWritten() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .outOfBand(false)
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> earlier = client.events().next(EventFilter.named("DONE"));
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode blocking = peer.hear("slow");
        CompletableFuture<QmpEvent> job = client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.emit("DONE");
        earlier.join();
        peer.answer(blocking, "{}");
        slow.join();
        peer.answer(peer.hear("job"), "{}");
        settle(peer);
        assertThat(job).isNotDone();
        peer.emit("DONE");

        assertThat(job).succeedsWithin(SOON);
    }

    // ------------------------------------------------------------------ failures by event

    private static ObjectNode data(String... members) {
        ObjectNode data = QmpJson.object();
        for (int i = 0; i < members.length; i += 2) {
            data.put(members[i], members[i + 1]);
        }
        return data;
    }

    @Test
    @DisplayName("G4 a completing event that reports an error is a failure, and carries event and reply")
    void input10AnEventWithAnErrorIsAFailure() {
        Peer peer = server.connect(client);
        EventFilter completed = EventFilter.named("BLOCK_JOB_COMPLETED").with("device", "job0");
        CompletableFuture<QmpEvent> job = client.executeAndAwait(QmpCommand.of("job"), completed, SOON);
        peer.answer(peer.hear("job"), "{\"number\": 7}");
        peer.emit("BLOCK_JOB_COMPLETED", data("device", "job1"));
        peer.emit("BLOCK_JOB_COMPLETED", data("device", "job0", "error", "No space\nleft on device"));

        assertThat(failureOf(job)).isInstanceOfSatisfying(FailedByEventException.class, failed -> {
            assertThat(failed)
                    .hasMessage("job was executed, but failed by the event BLOCK_JOB_COMPLETED: No space\\u000Aleft on"
                            + " device");
            assertThat(failed.event().data().path("device").stringValue()).isEqualTo("job0");
            assertThat(failed.result().path("number").intValue()).isEqualTo(7);
        });

        CompletableFuture<QmpEvent> any = client.executeAndAwait(
                QmpCommand.of("job"), EventAwait.completedBy(completed, SOON).acceptingErrors());
        peer.answer(peer.hear("job"), "{}");
        peer.emit("BLOCK_JOB_COMPLETED", data("device", "job0", "error", "no"));
        assertThat(any.join().data().path("error").stringValue()).isEqualTo("no");
    }

    @Test
    @DisplayName("G4 a job that concludes after it was aborting has failed; another job's end says nothing")
    void input10AConcludedJobThatAbortedIsAFailure() {
        Peer peer = server.connect(client);
        EventFilter concluded =
                EventFilter.named("JOB_STATUS_CHANGE").with("id", "job0").with("status", "concluded");
        CompletableFuture<QmpEvent> failed = client.executeAndAwait(QmpCommand.of("job"), concluded, SOON);
        ObjectNode command = peer.hear("job");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "aborting"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "concluded"));
        peer.answer(command, "{}");
        assertThat(failureOf(failed)).isInstanceOf(FailedByEventException.class);

        CompletableFuture<QmpEvent> succeeded = client.executeAndAwait(QmpCommand.of("job"), concluded, SOON);
        peer.answer(peer.hear("job"), "{}");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job1", "status", "aborting"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job1", "status", "concluded"));
        peer.emit("JOB_STATUS_CHANGE", data("status", "concluded"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "concluded"));
        assertThat(succeeded.join().data().path("id").stringValue()).isEqualTo("job0");
    }

    @Test
    @DisplayName("G4 an event that means failure ends the wait at once; a rejection is told as such")
    void input11AFailureEventEndsTheWait() {
        Peer peer = server.connect(client);
        EventAwait unplugged = EventAwait.completedBy(
                        EventFilter.named("DEVICE_DELETED").with("device", "net0"), Duration.ofSeconds(Long.MAX_VALUE))
                .failedBy(EventFilter.named("MEM_UNPLUG_ERROR").with("device", "net0"))
                .failedBy(EventFilter.named("DEVICE_UNPLUG_GUEST_ERROR").with("device", "net0"));
        CompletableFuture<QmpEvent> refused = client.executeAndAwait(QmpCommand.of("device_del"), unplugged);
        peer.answer(peer.hear("device_del"), "{}");
        peer.emit("DEVICE_UNPLUG_GUEST_ERROR", data("path", "/machine/peripheral/net1"));
        peer.emit("DEVICE_UNPLUG_GUEST_ERROR", data("device", "net0"));
        assertThat(failureOf(refused)).isInstanceOf(FailedByEventException.class);

        CompletableFuture<QmpEvent> rejected = client.executeAndAwait(QmpCommand.of("device_del"), unplugged);
        ObjectNode command = peer.hear("device_del");
        peer.emit("DEVICE_UNPLUG_GUEST_ERROR", data("device", "net0"));
        peer.reject(command, "DeviceNotFound", "no");
        assertThat(failureOf(rejected)).isInstanceOf(RejectedException.class);

        CompletableFuture<QmpEvent> gone = client.executeAndAwait(QmpCommand.of("device_del"), unplugged);
        peer.answer(peer.hear("device_del"), "{}");
        peer.emit("DEVICE_DELETED", data("path", "/machine/peripheral/net0/virtio-backend"));
        peer.emit("DEVICE_DELETED", data("path", "/machine/peripheral/net0", "device", "net0"));
        assertThat(gone.join().data().path("path").stringValue()).endsWith("net0");
    }

    @Test
    @DisplayName("G4 a predicate of a failure filter that throws is a clear failure, too")
    void input11AFailureFilterThatThrowsEndsTheWait() {
        Peer peer = server.connect(client);
        EventAwait await = EventAwait.completedBy(EventFilter.named("DONE"), SOON)
                .failedBy(EventFilter.named("X").where(CommandWithEventTests::isOfNet0));
        CompletableFuture<QmpEvent> job = client.executeAndAwait(QmpCommand.of("job"), await);
        peer.answer(peer.hear("job"), "{}").emit("X");

        assertThat(failureOf(job))
                .isInstanceOfSatisfying(EventNotSeenException.class, notSeen -> assertThat(notSeen.reason())
                        .isEqualTo(EventNotSeenException.Reason.FILTER_FAILED));
    }

    @Test
    @DisplayName("G1 cancelling the wait withdraws a queued command, and ends the wait of a written one")
    void input43CancelsTheWait() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> job = client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        ObjectNode command = peer.hear("job");
        job.cancel(true);
        await().until(() -> client.status().orphaned() == 1);
        peer.answer(command, "{}").emit("DONE");
        settle(peer);

        assertThat(job).isCancelled();
        assertThat(client.status().orphaned()).isZero();
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
