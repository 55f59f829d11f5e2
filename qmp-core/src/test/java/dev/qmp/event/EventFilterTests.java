package dev.qmp.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** Conditions on an event's data: what matches, what does not, and that none throws. */
class EventFilterTests {

    private static final JsonMapper MAPPER = new JsonMapper();

    private enum Action {
        REPORT,
        @JsonProperty("enospc")
        NO_SPACE
    }

    private static QmpEvent event(String data) {
        return new QmpEvent("E", MAPPER.readTree(data.replace('\'', '"')), null);
    }

    private static EventFilter filter() {
        return EventFilter.named("E");
    }

    @Test
    @DisplayName("a value at a path, by its JSON value")
    void input11MatchesValues() {
        QmpEvent event = event("{'id': 'job0', 'len': 5, 'big': 18446744073709551615, 'ok': true, 'speed': 1.50,"
                + " 'action': 'report', 'cause': 'enospc', 'list': [1, {'a': 2.0}]}");

        assertThat(filter().with("id", "job0").with("len", 5L).with("ok", true).accepts(event))
                .isTrue();
        assertThat(filter().with("len", new BigDecimal("5.0")).accepts(event)).isTrue();
        assertThat(filter().with("big", new BigInteger("18446744073709551615")).accepts(event))
                .isTrue();
        assertThat(filter().with("speed", 1.5).accepts(event)).isTrue();
        assertThat(filter().with("action", Action.REPORT)
                        .with("cause", Action.NO_SPACE)
                        .accepts(event))
                .isTrue();
        assertThat(filter().with("list", List.of(1L, QmpJson.object().put("a", 2)))
                        .accepts(event))
                .isTrue();
        assertThat(filter().with("id", "job1").accepts(event)).isFalse();
        assertThat(filter().with("len", "5").accepts(event)).isFalse();
        assertThat(filter().with("id", "job0").with("len", 6).accepts(event)).isFalse();
        assertThat(EventFilter.named("F").with("id", "job0").accepts(event)).isFalse();
        assertThat(EventFilter.all().with("id", "job0").accepts(event)).isTrue();
    }

    @Test
    @DisplayName("one of several values, presence and absence; null is absence")
    void input10MatchesPresenceAndAbsence() {
        QmpEvent event = event("{'status': 'concluded', 'error': 'no space', 'none': null}");

        assertThat(filter().withAny("status", "ready", "concluded").accepts(event))
                .isTrue();
        assertThat(filter().withAny("status", "ready", 7).accepts(event)).isFalse();
        assertThat(filter().having("error").accepts(event)).isTrue();
        assertThat(filter().without("error").accepts(event)).isFalse();
        assertThat(filter().having("none").accepts(event)).isFalse();
        assertThat(filter().without("none").without("nothing").accepts(event)).isTrue();
        assertThat(filter().having("nothing").accepts(event)).isFalse();
    }

    @Test
    @DisplayName("dots lead into objects, numbers into arrays, and a name that has dots is found")
    void input11FollowsPaths() {
        QmpEvent event = event("{'qom': {'path': {'x': 1}, 'a.b': 2}, '__org.example_x': {'y.z': 3},"
                + " 'list': [{'name': 'b0'}, {'name': 'b1'}], 'a': {'b': {'c': 4}}, 'a.b': 5}");

        assertThat(filter().with("qom.path.x", 1).accepts(event)).isTrue();
        assertThat(filter().with("qom.a.b", 2).accepts(event)).isTrue();
        assertThat(filter().with("__org.example_x.y.z", 3).accepts(event)).isTrue();
        assertThat(filter().with("list.1.name", "b1").accepts(event)).isTrue();
        assertThat(filter().with("a.b", 5).with("a.b.c", 4).accepts(event)).isTrue();
        assertThat(filter().without("list.2.name").without("qom.path.x.y").accepts(event))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'path': '/machine'}",
                "{'device': null}",
                "{'device': 7}",
                "{'device': {}}",
                "{'device': ['net0']}",
                "{'device': {'id': 'net0'}}",
                "[]",
                "7",
                "null",
                "{'device': 1e400}"
            })
    @DisplayName("a member that is missing or of another type does not match, and nothing throws")
    void input11NeverThrows(String data) {
        assertThat(filter().with("device", "net0").accepts(event(data))).isFalse();
        assertThat(filter().with("device.0.1.a..b", 1).accepts(event(data))).isFalse();
        assertThat(filter().with("device", 8).accepts(event(data))).isFalse();
        assertThat(filter().with("device", Double.NaN).accepts(event(data))).isFalse();
        assertThat(filter().without("device.99999999999999999999").accepts(event(data)))
                .isTrue();
    }

    @Test
    @DisplayName("an event without an object as data is an event without members")
    void input11TakesEventsWithoutData() {
        assertThat(filter().without("a").accepts(new QmpEvent("E", JsonNodeFactory.instance.missingNode(), null)))
                .isTrue();
    }

    @Test
    @DisplayName("what cannot be a condition is refused where it is made")
    void refusesWhatIsNoCondition() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> filter().with(" ", 1))
                .withMessageContaining("path");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> filter().withAny("a"))
                .withMessageContaining("'a'");
        assertThatIllegalArgumentException().isThrownBy(EventFilter::named).withMessageContaining("name");
        assertThatNullPointerException()
                .isThrownBy(() -> filter().with("a", null))
                .withMessageContaining("value");
    }

    @Test
    @DisplayName("a filter names events and paths, and no value")
    void namesNoValues() {
        EventFilter filter = EventFilter.named("B", "A").with("id", "hunter2").without("error");

        assertThat(filter).hasToString("EventFilter[A|B, with id, without error]");
        assertThat(EventFilter.all().where(event -> true)).hasToString("EventFilter[all, predicate]");
        assertThat(EventFilter.named("A\nWARN").having("b\u202e"))
                .hasToString("EventFilter[A\\u000AWARN, having b\\u202E]");
    }
}
