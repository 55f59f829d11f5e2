package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Errors of the JVM within a change of the runstate. */
class LifeCycleFaultTests extends OnCountingLoops {

    private static final Duration DELAY = Duration.ofMillis(7777);

    @Test
    @DisplayName("a reconnect that cannot be scheduled does not keep the end of the session from the listeners")
    void reconnectThatCannotBeScheduled() throws InterruptedException {
        connect(builder -> builder.eventLoops(loops).reconnect(ReconnectPolicy.exponential(DELAY, 1, 0, DELAY)));
        EventMailbox mailbox = client.events().openMailbox(EventFilter.all());
        loops.failAt(DELAY);
        peer.close();
        assertThat(mailbox.next(Duration.ofSeconds(10))).isInstanceOf(EventSignal.Disconnected.class);
    }

    @Test
    @DisplayName("an operation whose limit cannot be set leaves the queue, and its observer is notified")
    void operationWhoseLimitCannotBeSet() {
        List<Throwable> outcomes = new CopyOnWriteArrayList<>();
        connect(builder -> builder.eventLoops(loops).commandObserver((issuer, command) -> outcomes::add));
        loops.failAt(DELAY);
        Operation operation = Operation.of(QmpCommand.of("work"), EventFilter.named("DONE"), DELAY);
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> client.blocking().run(operation));
        assertThat(outcomes).hasOnlyElementsOfType(OutOfMemoryError.class).hasSize(1);
        assertThat(client.status().queued()).isZero();
    }
}
