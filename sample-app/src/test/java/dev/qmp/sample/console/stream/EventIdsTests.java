package dev.qmp.sample.console.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A reader goes on where it was, if it was here. */
class EventIdsTests {

    private final EventIds ids = new EventIds();

    @Test
    void goesOnAfterWhatTheReaderSawLast() {
        assertThat(ids.after(ids.of(41), 7)).isEqualTo(42);
    }

    @Test
    void beginsWhereANewReaderShall() {
        assertThat(ids.after(null, 7)).isEqualTo(7);
    }

    @Test
    void givesEverythingToAReaderOfAnEarlierRunOrWithNonsense() {
        assertThat(ids.after(new EventIds().of(41), 7)).isZero();
        assertThat(ids.after(ids.of(1) + "x", 7)).isZero();
        assertThat(ids.after("", 7)).isZero();
    }
}
