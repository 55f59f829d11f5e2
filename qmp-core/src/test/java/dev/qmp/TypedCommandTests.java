package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.RejectedException;
import dev.qmp.error.ResultException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Subscription;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.qapi.EventName;
import dev.qmp.qapi.EventType;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.command.BlockStream;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.command.QueryVersion;
import dev.qmp.qapi.command.Stop;
import dev.qmp.qapi.event.BlockJobCompleted;
import dev.qmp.qapi.event.GuestPanicked;
import dev.qmp.qapi.type.JobType;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.LogRecorder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.type.TypeReference;

/** Commands, results and events as types, on a client. */
@Timeout(20)
class TypedCommandTests {

    @TempDir
    private Path folder;

    private QmpServer server;
    private QmpClient client;

    record Disk(String device, boolean removable) {}

    @EventName("BLOCK_JOB_READY")
    record Ready(String device) {}

    @BeforeEach
    void connect() {
        server = QmpServer.builder(Endpoint.unix(folder.resolve("s"))).start();
        client = QmpClient.builder(server.endpoint()).build();
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private void answer(String command, Object result) {
        server.handle(command, received -> QmpJson.toTree(result));
    }

    @Test
    void theResultIsARecord() throws Exception {
        answer("query-status", Map.of("running", true, "status", "running"));

        CompletableFuture<StatusInfo> status = client.execute(QueryStatus.command());

        assertThat(status.get(10, TimeUnit.SECONDS).status()).isSameAs(RunState.RUNNING);
        assertThat(client.blocking().execute(QueryStatus.command()).running()).isTrue();
    }

    @Test
    void aCommandWithoutAResultReturnsNull() throws Exception {
        answer("stop", Map.of());

        assertThat(client.execute(Stop.command()).get(10, TimeUnit.SECONDS)).isNull();
        assertThat(client.blocking().execute(Stop.command())).isNull();
    }

    @Test
    void aResultThatDoesNotFitIsNoFailureOfTheCommand() {
        answer("query-version", Map.of("qemu", Map.of("major", "eleven", "minor", 1, "micro", 0), "package", ""));

        assertThatExceptionOfType(ResultException.class)
                .isThrownBy(() -> client.blocking().execute(QueryVersion.command()))
                .withMessageStartingWith("query-version succeeded, but its result cannot be mapped")
                .withMessageEndingWith("at /qemu/major")
                .withMessageNotContaining("eleven");
        assertThat(client.execute(QueryVersion.command()))
                .failsWithin(10, TimeUnit.SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(ResultException.class);
    }

    @Test
    void aRejectionIsARejection() {
        server.handle("block-stream", command -> {
            throw new CommandRejection("no such device");
        });

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> client.blocking().execute(BlockStream.command("disk0")));
    }

    @Test
    void theApplicationHasTypedCommandsOfItsOwn() {
        answer("query-block", List.of(Map.of("device", "disk0", "removable", true, "locked", false)));
        TypedCommand<List<Disk>> disks = TypedCommand.of(QmpCommand.of("query-block"), new TypeReference<>() {});
        TypedCommand<Integer> count = TypedCommand.of(QmpCommand.of("query-block"), result -> result.size());

        assertThat(client.blocking().execute(disks)).containsExactly(new Disk("disk0", true));
        assertThat(client.blocking().execute(count)).isEqualTo(1);
        assertThat(disks.toString()).isEqualTo("TypedCommand[QmpCommand[query-block]]");
    }

    @Test
    void anApplicationsReaderThatThrowsFailsTheCommandAsAResultThatDoesNotFit() {
        answer("query-block", List.of());
        TypedCommand<Object> broken = TypedCommand.of(QmpCommand.of("query-block"), result -> {
            throw new IllegalStateException("broken");
        });

        assertThatExceptionOfType(ResultException.class)
                .isThrownBy(() -> client.blocking().execute(broken));
        assertThat(client.execute(broken))
                .failsWithin(10, TimeUnit.SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(ResultException.class);
    }

    // ------------------------------------------------------------------ events

    private static QmpEvent completed(String device) {
        return QmpEvent.of(
                "BLOCK_JOB_COMPLETED",
                Map.of("type", "mirror", "device", device, "len", 5, "offset", 5, "speed", 0, "new-member", 1));
    }

    @Test
    void anEventIsARecord() {
        List<BlockJobCompleted> heard = new CopyOnWriteArrayList<>();
        client.events().subscribe(BlockJobCompleted.class, heard::add);

        server.emit(completed("job0"));

        await().until(() -> heard.size() == 1);
        assertThat(heard.get(0).type()).isSameAs(JobType.MIRROR);
        assertThat(heard.get(0).device()).isEqualTo("job0");
        assertThat(heard.get(0).error()).isNull();
        assertThat(heard.get(0).unknownMembers()).containsOnlyKeys("new-member");
        assertThat(heard.get(0).timestamp()).isNotNull();
    }

    @Test
    void aFilterNarrowsTheEventsOfAType() {
        List<String> heard = new CopyOnWriteArrayList<>();
        EventFilter job1 = EventFilter.of(BlockJobCompleted.class).with("device", "job1");
        client.events().subscribe(job1, BlockJobCompleted.class, event -> heard.add(event.device()));

        server.emit(completed("job0"));
        server.emit(completed("job1"));

        await().untilAsserted(() -> assertThat(heard).containsExactly("job1"));
    }

    @Test
    void theApplicationHasEventTypesOfItsOwn() {
        List<Ready> heard = new CopyOnWriteArrayList<>();
        client.events().subscribe(Ready.class, heard::add);

        server.emit(QmpEvent.of("BLOCK_JOB_READY", Map.of("device", "job0", "len", 5)));

        await().untilAsserted(() -> assertThat(heard).containsExactly(new Ready("job0")));
    }

    @Test
    void anEventThatDoesNotFitIsLoggedAndTheNextIsDelivered() {
        List<String> heard = new CopyOnWriteArrayList<>();
        client.events().subscribe(BlockJobCompleted.class, event -> heard.add(event.device()));

        try (LogRecorder log = LogRecorder.of("dev.qmp")) {
            server.emit(QmpEvent.of("BLOCK_JOB_COMPLETED", Map.of("type", "mirror", "device", "job0", "len", "many")));
            server.emit(completed("job1"));

            await().untilAsserted(() -> assertThat(heard).containsExactly("job1"));
            assertThat(log.everything()).anyMatch(message -> message.contains("MappingException"));
        }
    }

    @Test
    void aTypeThatStandsForNoEventIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.events().subscribe(Disk.class, disk -> {}))
                .withMessageContaining("Disk stands for no event: it has no @EventName");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventType.of(GuestPanicked.class).read(completed("job0")))
                .withMessage("the event is no GUEST_PANICKED");
    }

    @Test
    void aSubscriptionEnds() {
        List<String> heard = new CopyOnWriteArrayList<>();
        Subscription first = client.events().subscribe(BlockJobCompleted.class, event -> heard.add("first"));
        client.events().subscribe(BlockJobCompleted.class, event -> heard.add("second"));

        first.close();
        server.emit(completed("job0"));

        await().untilAsserted(() -> assertThat(heard).containsExactly("second"));
    }
}
