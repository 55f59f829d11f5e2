package dev.qmp.sample.console.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import dev.qmp.spring.QmpTaskEndedEvent;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** No event of a machine breaks the stream of a reader. */
class EventRecorderTests {

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final EventLog log = new EventLog();
    private final QmpClients clients = mock(QmpClients.class);
    private final EventRecorder recorder = new EventRecorder(log, mapper, clients);

    @Test
    void writesDownWhatAnEventTells() throws Exception {
        assertThat(recorded(QmpJson.object().put("offset", 7))
                        .at("/data/offset")
                        .intValue())
                .isEqualTo(7);
    }

    @Test
    void leavesOutWhatIsNestedTooDeeply() throws Exception {
        ObjectNode data = QmpJson.object();
        ObjectNode deepest = data;
        for (int i = 0; i < 900; i++) {
            deepest = deepest.putObject("a");
        }
        JsonNode entry = recorded(data);
        assertThat(entry.get("event").stringValue()).isEqualTo("ODD");
        assertThat(entry.get("data").stringValue()).contains("nested too deeply");
    }

    @Test
    void leavesOutWhatIsTooLong() throws Exception {
        assertThat(recorded(QmpJson.object().put("a", "x".repeat(100_000)))
                        .get("data")
                        .stringValue())
                .contains("characters");
    }

    @ParameterizedTest
    @MethodSource("outcomes")
    void recordsHowATaskEnded(Throwable failure, String outcome, String cause) throws Exception {
        recorder.onTaskEnd(endOfTask(failure));
        EventLog.Entry recorded = log.read(0, 1, Duration.ZERO).entries().get(0);
        assertThat(recorded.type()).isEqualTo("task");
        JsonNode entry = mapper.readTree(recorded.json());
        assertThat(entry.get("task").stringValue()).isEqualTo("power down");
        assertThat(entry.get("outcome").stringValue()).isEqualTo(outcome);
        assertThat(entry.get("failure").isNull()).isEqualTo(failure == null);
        assertThat(entry.get("cause").asString(null)).isEqualTo(cause);
    }

    private static Stream<Arguments> outcomes() {
        Throwable deeper = new IOException("broken");
        return Stream.of(
                Arguments.of(null, "SUCCEEDED", null),
                Arguments.of(new TaskFailedException("t", "still on", deeper), "FAILED", "broken"),
                Arguments.of(new TaskCancelledException("t"), "CANCELLED", null),
                Arguments.of(new TaskOutcomeUnknownException("t", "no session", null), "UNKNOWN", null),
                Arguments.of(new IllegalStateException("odd"), "FAILED", null));
    }

    private static QmpTaskEndedEvent endOfTask(Throwable failure) {
        QmpClient client = mock(QmpClient.class);
        given(client.name()).willReturn("vm1");
        Task<?> task = mock(Task.class);
        return new QmpTaskEndedEvent(client, "power down", task, failure);
    }

    private JsonNode recorded(ObjectNode data) throws InterruptedException {
        recorder.onQmpEvent(new QmpEventReceivedEvent(mock(QmpClient.class), "vm1", QmpEvent.of("ODD", data)));
        return mapper.readTree(log.read(0, 1, Duration.ZERO).entries().get(0).json());
    }

    private void change(Runstate previous, Runstate current, String cause) {
        change(
                "vm1",
                new RunstateChange(previous, current, cause == null ? null : new IOException(cause), Instant.now()));
    }

    private void change(String connection, RunstateChange change) {
        recorder.onRunstateChange(new QmpRunstateChangedEvent(mock(QmpClient.class), connection, change));
    }

    private void attempt(String failure) {
        change(Runstate.IDLE, Runstate.CONNECTING, null);
        change(Runstate.CONNECTING, Runstate.DISCONNECTING, failure);
        change(Runstate.DISCONNECTING, Runstate.IDLE, failure);
    }

    @Test
    void input57AnHourOfFailedAttemptsIsOneStateOfAffairs() {
        for (int i = 0; i < 120; i++) {
            attempt("no such file");
        }
        assertThat(log.next()).isEqualTo(3);
    }

    @Test
    void input57AnotherReasonIsAnotherStateOfAffairs() {
        attempt("no such file");
        attempt("no such file");
        attempt("permission denied");
        attempt("permission denied");
        assertThat(log.next()).isEqualTo(5);
    }

    @Test
    void input57AReasonThatDiffersByANumberIsTheSame() {
        attempt("no greeting within 30 s, attempt 1");
        attempt("no greeting within 29 s, attempt 2");
        assertThat(log.next()).isEqualTo(3);
    }

    @Test
    void input57TheSessionThatComesAfterAllIsRecordedAndSoIsItsEnd() throws Exception {
        attempt("no such file");
        attempt("no such file");
        change(Runstate.IDLE, Runstate.CONNECTING, null);
        change(Runstate.CONNECTING, Runstate.RUNNING, null);
        change(Runstate.RUNNING, Runstate.DISCONNECTING, "lost");
        change(Runstate.DISCONNECTING, Runstate.IDLE, "lost");
        attempt("no such file");
        assertThat(log.read(3, 9, Duration.ZERO).entries())
                .extracting(
                        entry -> mapper.readTree(entry.json()).get("current").stringValue())
                .containsExactly("RUNNING", "DISCONNECTING", "IDLE", "CONNECTING", "DISCONNECTING", "IDLE");
    }

    @Test
    void input57EachConnectionHasItsOwnState() {
        attempt("no such file");
        change("vm2", new RunstateChange(Runstate.IDLE, Runstate.CONNECTING, null, Instant.now()));
        assertThat(log.next()).isEqualTo(4);
    }

    /** A reader of the stream knows a connection by its name only. */
    @Test
    void leavesOutAChangeOfAClientThatAnotherHasReplaced() throws Exception {
        QmpClient successor = mock(QmpClient.class);
        change(Runstate.RUNNING, Runstate.DISCONNECTING, null); // nothing has replaced it
        given(clients.find("vm1")).willReturn(Optional.of(successor));
        change(Runstate.DISCONNECTING, Runstate.IDLE, null);
        RunstateChange connected = new RunstateChange(Runstate.CONNECTING, Runstate.RUNNING, null, Instant.now());
        recorder.onRunstateChange(new QmpRunstateChangedEvent(successor, "vm1", connected));
        assertThat(log.read(0, 9, Duration.ZERO).entries())
                .extracting(
                        entry -> mapper.readTree(entry.json()).get("current").stringValue())
                .containsExactly("DISCONNECTING", "RUNNING");
    }

    @Test
    void leavesOutALateEventOfAClientThatAnotherHasReplaced() throws Exception {
        QmpClient removed = mock(QmpClient.class);
        QmpClient successor = mock(QmpClient.class);
        recorder.onQmpEvent(new QmpEventReceivedEvent(removed, "vm1", QmpEvent.of("STOP"))); // nothing has replaced it
        given(clients.find("vm1")).willReturn(Optional.of(successor));
        recorder.onQmpEvent(new QmpEventReceivedEvent(removed, "vm1", QmpEvent.of("SHUTDOWN")));
        recorder.onQmpEvent(new QmpEventReceivedEvent(successor, "vm1", QmpEvent.of("RESUME")));
        assertThat(log.read(0, 9, Duration.ZERO).entries())
                .extracting(entry -> mapper.readTree(entry.json()).get("event").stringValue())
                .containsExactly("STOP", "RESUME");
    }

    /** The successor's attempts are a series of their own. */
    @Test
    void aLateChangeDoesNotEndTheSeriesOfAttemptsOfTheSuccessor() {
        QmpClient successor = mock(QmpClient.class);
        given(clients.find("vm1")).willReturn(Optional.of(successor));
        RunstateChange attempt = new RunstateChange(Runstate.IDLE, Runstate.CONNECTING, null, Instant.now());
        RunstateChange failure = new RunstateChange(
                Runstate.CONNECTING, Runstate.DISCONNECTING, new IOException("no such file"), Instant.now());
        for (int i = 0; i < 2; i++) {
            recorder.onRunstateChange(new QmpRunstateChangedEvent(successor, "vm1", attempt));
            recorder.onRunstateChange(new QmpRunstateChangedEvent(successor, "vm1", failure));
            change(Runstate.RUNNING, Runstate.DISCONNECTING, "lost");
        }
        assertThat(log.next()).isEqualTo(2);
    }
}
