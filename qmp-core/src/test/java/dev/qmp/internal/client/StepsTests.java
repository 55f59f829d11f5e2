package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Steps of which some fail. */
class StepsTests {

    private final List<String> done = new ArrayList<>();

    @Test
    @DisplayName("each step runs, and the first failure is thrown")
    void runsEachStep() {
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> Steps.inTurn(
                        () -> done.add("first"),
                        () -> {
                            throw new OutOfMemoryError("on purpose");
                        },
                        () -> done.add("third"),
                        () -> {
                            throw new IllegalStateException("a consequence");
                        },
                        () -> done.add("last")));
        assertThat(done).containsExactly("first", "third", "last");
    }
}
