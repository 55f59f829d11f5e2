package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text that instances exchange. */
class FleetJsonTests {

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"a\":1e99999999999}"})
    @DisplayName("a text that is no object, or has a number with a huge exponent, is no message")
    void aTextWithAHugeExponentIsNoMessage(String text) {
        assertThat(FleetJson.read(text)).isNull();
    }
}
