package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.CommandObserver;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.LogRecorder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The observers of a client as one. */
class CommandObserversTests {

    private static final String LOGGER = "dev.qmp.client.observers";

    private final List<String> notified = new ArrayList<>();
    private final FailureLog failures = new FailureLog(LoggerFactory.getLogger(LOGGER));

    private CommandObserver observer(String name) {
        return (client, command) -> {
            notified.add(name + " issue");
            return failure -> notified.add(name + " outcome");
        };
    }

    private void observe(CommandObserver... observers) {
        CommandObservers.of(List.of(observers), failures)
                .commandIssued(null, QmpCommand.of("stop"))
                .commandCompleted(null);
    }

    @Test
    @DisplayName("observers are notified of a command in their order, and of its outcome in the reverse order")
    void inOrder() {
        observe(observer("first"), CommandObserver.NONE, observer("second"), observer("third"));
        assertThat(notified)
                .containsExactly(
                        "first issue",
                        "second issue",
                        "third issue",
                        "third outcome",
                        "second outcome",
                        "first outcome");
    }

    @Test
    @DisplayName("the failure of an observer is logged, and does not keep another from its call")
    void failuresAffectNoOther() {
        try (LogRecorder log = LogRecorder.of(LOGGER)) {
            observe(
                    observer("first"),
                    (client, command) -> {
                        throw new IllegalStateException("on purpose");
                    },
                    (client, command) -> failure -> {
                        throw new UnsupportedOperationException("on purpose");
                    });
            assertThat(notified).containsExactly("first issue", "first outcome");
            assertThat(log.at(Level.ERROR))
                    .extracting(line -> line.replaceFirst(" \\(.*?\\)", "")) // the class of the observer
                    .containsExactly(
                            "A command observer failed at the issue of stop",
                            "A command observer failed at the outcome of stop");
        }
    }

    @Test
    @DisplayName("without an observer there is none to call")
    void withoutObservers() {
        assertThat(CommandObservers.of(List.of(CommandObserver.NONE), failures)).isSameAs(CommandObserver.NONE);
    }
}
