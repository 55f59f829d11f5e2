package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ListenerException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMatch;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.FailedByEventException;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The next event, and commands that an event completes. */
class OperationTests extends OnEventSource {

    /** A limit that passes, but not before a command is written, on a busy machine either. */
    private static final Duration BRIEF = Duration.ofSeconds(1);
    /** A limit that passes, but not before a command is written and answered. */
    private static final Duration LONGER = Duration.ofSeconds(2);

    @Test
    @DisplayName("G6 next: the very next event, even when many come at once")
    void findsTheNextEvent() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> next = client.events().next(EventFilter.named("A", "B"));
        peer.sayPart("{\"event\": \"X\"}{\"event\": \"A\"}" + "{\"event\": \"B\"}".repeat(50));

        assertThat(next.join().name()).isEqualTo("A");
    }

    @Test
    void eventsAfterTheAwaitedOneDoNotCountAsLost() {
        Peer peer = server.connect(client);
        List<CompletableFuture<QmpEvent>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(client.events().next(EventFilter.named("A")));
        }
        peer.sayPart("{\"event\": \"A\"}".repeat(50));

        all.forEach(CompletableFuture::join);
        await().until(() -> client.status().eventsReceived() == 50);
        assertThat(client.status().eventsLost()).isZero();
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
                client.events().next(EventFilter.all().where(OperationTests::isOfNet0));
        peer.emit("DEVICE_DELETED");

        assertThat(failureOf(next))
                .isInstanceOf(ListenerException.class)
                .hasMessageContaining("DEVICE_DELETED")
                .hasRootCauseInstanceOf(NullPointerException.class);
    }

    // ------------------------------------------------------------------ a command and its event

    private CompletableFuture<QmpEvent> start(QmpCommand command, EventMatch completion, Duration limit) {
        return client.start(Operation.of(command, completion, limit)).result();
    }

    @Test
    @DisplayName("G6 a command and its event are awaited together, in either order")
    void awaitsCommandAndEventInEitherOrder() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> first = start(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.answer(peer.hear("job"), "{}").emit("OTHER").emit("DONE");
        assertThat(first.join().name()).isEqualTo("DONE");

        CompletableFuture<QmpEvent> second = start(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
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
        CompletableFuture<QmpEvent> refused = start(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.reject(peer.hear("job"), "GenericError", "no");
        assertThat(failureOf(refused)).isInstanceOf(RejectedException.class);

        CompletableFuture<QmpEvent> late = start(QmpCommand.of("job"), EventFilter.named("LATE"), LONGER);
        peer.answer(peer.hear("job"), "{\"number\": 7}");
        CompletableFuture<QmpEvent> unanswered =
                start(QmpCommand.of("job").withTimeout(BRIEF), EventFilter.named("DONE"), SOON);
        ObjectNode command = peer.hear("job");
        peer.emit("DONE");
        assertThat(failureOf(unanswered)).isInstanceOf(CommandTimeoutException.class);
        peer.answer(command, "{}");
        assertThat(failureOf(late)).isInstanceOfSatisfying(EventNotSeenException.class, notSeen -> {
            assertThat(notSeen).hasMessage("job was executed, but its event was not seen: no event within 2000 ms");
            assertThat(notSeen.reason()).isEqualTo(EventNotSeenException.Reason.TIMED_OUT);
            assertThat(notSeen.result().path("number").intValue()).isEqualTo(7);
        });
        await().until(() -> client.status().abandoned() == 0);

        CompletableFuture<QmpEvent> lost = start(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        CompletableFuture<QmpEvent> unknown = start(QmpCommand.of("other"), EventFilter.named("DONE"), SOON);
        peer.answer(peer.hear("job"), "{}");
        peer.hear("other");
        peer.close();
        assertThat(failureOf(lost))
                .isInstanceOfSatisfying(EventNotSeenException.class, notSeen -> assertThat(notSeen.reason())
                        .isEqualTo(EventNotSeenException.Reason.DISCONNECTED));
        assertThat(failureOf(unknown)).isInstanceOf(OutcomeUnknownException.class);

        assertThat(failureOf(start(QmpCommand.of("job"), EventFilter.named("DONE"), SOON)))
                .isInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName(
            "G4 one limit counts from the call, for queue, reply and event; a shorter time of the command counts, too")
    void input43OneLimitCountsForAll() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .outOfBand(false)
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode blocking = peer.hear("slow");
        assertThat(failureOf(start(QmpCommand.of("job"), EventFilter.named("DONE"), Duration.ofMillis(100))))
                .as("queued")
                .isInstanceOf(NotSentException.class);
        peer.answer(blocking, "{}");
        slow.join();

        CompletableFuture<QmpEvent> unanswered =
                start(QmpCommand.of("job").withTimeout(SOON), EventFilter.named("DONE"), BRIEF);
        ObjectNode command = peer.hear("job");
        peer.emit("DONE");
        assertThat(failureOf(unanswered))
                .isInstanceOf(CommandTimeoutException.class)
                .hasMessageContaining("no reply within 1000 ms");
        peer.answer(command, "{}");
    }

    @Test
    @DisplayName("G6 a completing event names its events: one that any event matches is refused")
    void refusesToBeCompletedByAnyEvent() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Operation.of(QmpCommand.of("job"), EventFilter.all(), SOON))
                .withMessageContaining("completion must name its events");
        Operation operation = Operation.of(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> operation.failedBy(EventFilter.all().with("id", "job0")))
                .withMessageContaining("events must name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Operation.of(QmpCommand.of("job"), EventFilter.named("DONE"), Duration.ZERO))
                .withMessageContaining("limit must be positive");
    }

    @Test
    @DisplayName("G6 events report progress, as far as they have it")
    void reportsProgress() {
        Peer peer = server.connect(client);
        Task<QmpEvent> job = client.start(Operation.of(QmpCommand.of("job"), EventFilter.named("DONE"), SOON)
                .progressBy(EventFilter.named("JOB_STATUS_CHANGE", "BLOCK_JOB_READY")
                        .with("id", "job0")));
        List<Progress> seen = new CopyOnWriteArrayList<>();
        job.onProgress(seen::add);
        peer.answer(peer.hear("job"), "{}");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job1", "status", "running"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "running"));
        await().until(() -> seen.contains(new Progress(0, null, Progress.Unit.BYTES, "running")));
        peer.emit("BLOCK_JOB_READY", data("id", "job0").put("offset", 3).put("len", 4));
        await().until(() -> seen.contains(new Progress(3, 4L, Progress.Unit.BYTES, "BLOCK_JOB_READY")));
        peer.emit("DONE");
        assertThat(job.await(SOON).name()).isEqualTo("DONE");
        assertThat(seen).hasSize(2);
    }

    @Test
    @DisplayName("G4 a cancellation has a command, and then the event decides the outcome")
    void cancelsByACommand() {
        Peer peer = server.connect(client);
        Task<QmpEvent> job = client.start(Operation.of(QmpCommand.of("job"), EventFilter.named("DONE"), SOON)
                .failedBy(EventFilter.named("CANCELLED"))
                .cancelledBy(QmpCommand.of("job-cancel")));
        peer.answer(peer.hear("job"), "{}");
        CompletableFuture<Void> cancelled = job.cancel();
        peer.answer(peer.hear("job-cancel"), "{}");
        assertThat(cancelled).succeedsWithin(SOON);
        assertThat(job.isDone()).isFalse();
        peer.emit("CANCELLED");
        assertThat(failureOf(job.result())).isInstanceOf(FailedByEventException.class);
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
        CompletableFuture<QmpEvent> job = start(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
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
        EventMatch completed = EventFilter.named("BLOCK_JOB_COMPLETED").with("device", "job0");
        CompletableFuture<QmpEvent> job = start(QmpCommand.of("job"), completed, SOON);
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
    }

    @Test
    @DisplayName("G4 a job that concludes after it was aborting has failed; another job's end has no effect")
    void input10AConcludedJobThatAbortedIsAFailure() {
        Peer peer = server.connect(client);
        EventMatch concluded =
                EventFilter.named("JOB_STATUS_CHANGE").with("id", "job0").with("status", "concluded");
        CompletableFuture<QmpEvent> failed = start(QmpCommand.of("job"), concluded, SOON);
        ObjectNode command = peer.hear("job");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "aborting"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "concluded"));
        peer.answer(command, "{}");
        assertThat(failureOf(failed)).isInstanceOf(FailedByEventException.class);

        CompletableFuture<QmpEvent> succeeded = start(QmpCommand.of("job"), concluded, SOON);
        peer.answer(peer.hear("job"), "{}");
        peer.emit("JOB_STATUS_CHANGE", data("id", "job1", "status", "aborting"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job1", "status", "concluded"));
        peer.emit("JOB_STATUS_CHANGE", data("status", "concluded"));
        peer.emit("JOB_STATUS_CHANGE", data("id", "job0", "status", "concluded"));
        assertThat(succeeded.join().data().path("id").stringValue()).isEqualTo("job0");
    }

    @Test
    @DisplayName("G4 an event that means failure ends the wait at once; a rejection is reported as such")
    void input11AFailureEventEndsTheWait() {
        Peer peer = server.connect(client);
        EventMatch unplugged = EventFilter.named("DEVICE_DELETED").with("device", "net0");
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);
        CompletableFuture<QmpEvent> refused = start(QmpCommand.of("device_del"), unplugged, ages);
        peer.answer(peer.hear("device_del"), "{}");
        peer.emit("DEVICE_UNPLUG_GUEST_ERROR", data("path", "/machine/peripheral/net1"));
        peer.emit("DEVICE_UNPLUG_GUEST_ERROR", data("device", "net0"));
        assertThat(failureOf(refused)).isInstanceOf(FailedByEventException.class);

        CompletableFuture<QmpEvent> rejected = start(QmpCommand.of("device_del"), unplugged, ages);
        ObjectNode command = peer.hear("device_del");
        peer.emit("DEVICE_UNPLUG_GUEST_ERROR", data("device", "net0"));
        peer.reject(command, "DeviceNotFound", "no");
        assertThat(failureOf(rejected)).isInstanceOf(RejectedException.class);

        CompletableFuture<QmpEvent> gone = start(QmpCommand.of("device_del"), unplugged, ages);
        peer.answer(peer.hear("device_del"), "{}");
        peer.emit("DEVICE_DELETED", data("path", "/machine/peripheral/net0/virtio-backend"));
        peer.emit("DEVICE_DELETED", data("path", "/machine/peripheral/net0", "device", "net0"));
        assertThat(gone.join().data().path("path").stringValue()).endsWith("net0");
    }

    @Test
    @DisplayName("G4 a block job that is cancelled has failed, and so has what the application lists")
    void input10ACancelledJobIsAFailure() {
        Peer peer = server.connect(client);
        EventMatch completed = EventFilter.named("BLOCK_JOB_COMPLETED").with("device", "job0");
        CompletableFuture<QmpEvent> cancelled = start(QmpCommand.of("job"), completed, SOON);
        peer.answer(peer.hear("job"), "{}");
        peer.emit("BLOCK_JOB_CANCELLED", data("device", "job1"));
        settle(peer);
        assertThat(cancelled).isNotDone();
        peer.emit("BLOCK_JOB_CANCELLED", data("device", "job0"));
        assertThat(failureOf(cancelled)).isInstanceOf(FailedByEventException.class);

        Task<QmpEvent> listed = client.start(Operation.of(QmpCommand.of("job"), completed, SOON)
                .failedBy(EventFilter.named("BLOCK_JOB_ERROR").with("device", "job0")));
        peer.answer(peer.hear("job"), "{}");
        peer.emit("BLOCK_JOB_ERROR", data("device", "job0"));
        assertThat(failureOf(listed.result())).isInstanceOf(FailedByEventException.class);
    }

    @Test
    @DisplayName("G1 cancelling without a command ends the wait: without a reply unknown, after it event not seen")
    void input43CancelsTheWait() {
        Peer peer = server.connect(client);
        Operation operation = Operation.of(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        Task<QmpEvent> job = client.start(operation);
        ObjectNode command = peer.hear("job");
        assertThat(job.cancel()).succeedsWithin(SOON);
        assertThat(failureOf(job.result())).isInstanceOf(OutcomeUnknownException.class);
        assertThat(client.status().abandoned()).isEqualTo(1);
        peer.answer(command, "{}").emit("DONE");
        settle(peer);
        assertThat(client.status().abandoned()).isZero();

        Task<QmpEvent> answered = client.start(operation);
        peer.answer(peer.hear("job"), "{}");
        await().until(() -> client.status().pending() == 0);
        answered.cancel();
        assertThat(failureOf(answered.result()))
                .isInstanceOfSatisfying(EventNotSeenException.class, notSeen -> assertThat(notSeen.reason())
                        .isEqualTo(EventNotSeenException.Reason.CANCELLED));
    }

    @Test
    @DisplayName("G1 a deadline's outcome completes on the callback executor, never on the event loop")
    void tellsDeadlinesOnTheCallbackExecutor() {
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> continued = start(QmpCommand.of("job"), EventFilter.named("DONE"), BRIEF)
                .handle((event, failure) -> client.blocking().execute("after"));
        peer.answer(peer.hear("job"), "{}");
        peer.answer(peer.hear("after"), "{}");

        assertThat(continued).succeedsWithin(SOON);
    }
}
