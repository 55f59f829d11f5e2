package dev.qmp.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.qapi.type.QKeyCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A character is typed by the keys of the guest's layout. */
class KeyboardLayoutTests {

    @ParameterizedTest
    @ValueSource(strings = {"us", "gb", "de", "fr"})
    void everyLayoutHasThePrintableCharactersOfAscii(String name) {
        KeyboardLayout layout = KeyboardLayout.of(name);
        for (int character = ' '; character <= '~'; character++) {
            assertThat(layout.chords(character))
                    .as("%s in %s", (char) character, name)
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "us, a, a",
        "us, A, shift a",
        "us, @, shift 2",
        "gb, @, shift apostrophe",
        "gb, £, shift 3",
        "de, z, y",
        "de, y, z",
        "de, @, alt_r q",
        "de, ß, minus",
        "fr, a, q",
        "fr, m, semicolon",
        "fr, 1, shift 1",
        "fr, @, alt_r 0"
    })
    void keysAreNamedByTheirPlace(String layout, String character, String keys) {
        assertThat(KeyboardLayout.of(layout).chords(character.codePointAt(0)))
                .containsExactly(
                        List.of(keys.split(" ")).stream().map(QKeyCode::of).toList());
    }

    @Test
    void aDeadKeyIsFollowedByTheSpaceBar() {
        assertThat(KeyboardLayout.of("De").chords('^'))
                .containsExactly(List.of(QKeyCode.GRAVE_ACCENT), List.of(QKeyCode.SPC));
    }
}
