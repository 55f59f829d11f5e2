package dev.qmp.sample.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpEventReceivedEvent;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Whatever a machine tells, every reader's stream goes on. */
class EventRecorderTests {

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final EventLog log = new EventLog();
    private final EventRecorder recorder = new EventRecorder(log, mapper);

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

    private JsonNode recorded(ObjectNode data) throws InterruptedException {
        recorder.onQmpEvent(new QmpEventReceivedEvent(mock(QmpClient.class), "vm1", QmpEvent.of("ODD", data)));
        return mapper.readTree(log.read(0, 1, Duration.ZERO).entries().get(0).json());
    }
}
