package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpEvent;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Under which names events are counted. */
class CountedEventsTests {

    @ParameterizedTest
    @ValueSource(strings = {"STOP", "BLOCK_JOB_COMPLETED", "__com.redhat_EVENT-2", "lower"})
    void anEventIsCountedUnderItsName(String name) {
        assertThat(CountedEvents.nameOf(QmpEvent.of(name), Map.of())).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "TWO WORDS", "LINE\nEND", "ÄRGER", "A\"B", "A=B", "STOP\u0000"})
    void aNameThatNoEventHasIsCountedAsOther(String name) {
        assertThat(CountedEvents.nameOf(QmpEvent.of(name), Map.of())).isEqualTo("other");
    }

    @Test
    void aNameOfMoreThan64CharactersIsCountedAsOther() {
        assertThat(CountedEvents.nameOf(QmpEvent.of("E".repeat(64)), Map.of())).isEqualTo("E".repeat(64));
        assertThat(CountedEvents.nameOf(QmpEvent.of("E".repeat(65)), Map.of())).isEqualTo("other");
    }

    @Test
    void namesAfterTheFirst200AreCountedAsOther() {
        Map<String, Integer> counters = new HashMap<>();
        IntStream.range(0, 300).forEach(i -> {
            counters.merge(CountedEvents.nameOf(QmpEvent.of("E" + i), counters), 1, Integer::sum);
        });

        assertThat(counters)
                .hasSize(201)
                .containsEntry("E0", 1)
                .containsEntry("E199", 1)
                .containsEntry("other", 100);
        assertThat(CountedEvents.nameOf(QmpEvent.of("E7"), counters)).isEqualTo("E7");
    }
}
