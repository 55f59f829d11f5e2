package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.NotSentException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Errors of the JVM within a change of the runstate, and at the issue of a command. */
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

    @Test
    @DisplayName("a disconnect completes, although the loop does not take the task that completes it")
    void disconnectWhoseEndTheLoopDoesNotTake() {
        connect(builder -> builder.eventLoops(loops).callbackExecutor(Runnable::run));
        client.addRunstateListener(change -> {
            if (change.current() == Runstate.IDLE) {
                loops.failOnce();
            }
        });
        assertThat(client.disconnect()).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("a refused command fails, and its observer is notified, although the loop does not take its task")
    void refusalThatTheLoopDoesNotTake() {
        List<Throwable> outcomes = new CopyOnWriteArrayList<>();
        connect(builder -> builder.eventLoops(loops).commandObserver((issuer, command) -> outcomes::add));
        client.blocking().disconnect();
        loops.failOnce();
        CompletableFuture<?> refused = CompletableFuture.supplyAsync(() -> client.execute("work"))
                .thenCompose(outcome -> outcome); // so that JUnit gets no OutOfMemoryError, after which it would stop
        assertThat(failureOf(refused)).isInstanceOf(NotSentException.class);
        assertThat(outcomes).hasOnlyElementsOfType(NotSentException.class).hasSize(1);
    }

    /** Arguments that another thread changes. */
    private static final class ChangingArguments extends ObjectNode {

        private boolean changing;

        ChangingArguments() {
            super(JsonNodeFactory.instance);
        }

        @Override
        public ObjectNode deepCopy() {
            return this;
        }

        @Override
        public Set<Map.Entry<String, JsonNode>> properties() {
            if (changing) {
                throw new ConcurrentModificationException();
            }
            return super.properties();
        }
    }

    @Test
    @DisplayName("a command whose check fails is thrown back to its caller, and its observer is notified")
    void checkThatFails() {
        List<Throwable> outcomes = new CopyOnWriteArrayList<>();
        connect(builder -> builder.eventLoops(loops).commandObserver((issuer, command) -> outcomes::add));
        ChangingArguments arguments = new ChangingArguments();
        QmpCommand command = QmpCommand.of("work", arguments);
        arguments.changing = true;
        assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(() -> client.execute(command));
        assertThat(outcomes)
                .hasOnlyElementsOfType(ConcurrentModificationException.class)
                .hasSize(1);
        assertThat(client.status().queued()).isZero();
    }
}
