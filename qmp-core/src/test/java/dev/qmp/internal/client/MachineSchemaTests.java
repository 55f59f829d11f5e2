package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.schema.QmpSchema;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The reading of a session's schema. */
class MachineSchemaTests {

    private final MachineSchema machine = new MachineSchema();

    @Test
    @DisplayName("a reading that cannot begin fails for all callers, and the next call begins another one")
    void aReadingThatCannotBegin() {
        AtomicReference<CompletableFuture<QmpSchema>> joined = new AtomicReference<>();
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> machine.get(query -> {
                    joined.set(machine.get(another -> new CompletableFuture<>())); // by another thread at this moment
                    throw new OutOfMemoryError("on purpose");
                }));
        assertThat(joined.get()).isCompletedExceptionally();

        CompletableFuture<QmpSchema> reading = new CompletableFuture<>();
        CompletableFuture<QmpSchema> next = machine.get(query -> reading);
        assertThat(next).isNotDone();
        reading.completeExceptionally(new IllegalStateException("over"));
        assertThat(next).isCompletedExceptionally();
    }
}
