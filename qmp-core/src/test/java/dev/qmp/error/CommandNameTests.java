package dev.qmp.error;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.agent.ExecRequest;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names of commands in messages: a name may come from a request, and must not forge a line of a log. */
class CommandNameTests {

    private static final String NAME = "a\u001B[31mb\nFORGED";
    private static final String SAFE = "a\\u001B[31mb\\u000AFORGED";

    static Stream<CommandException> failures() {
        return Stream.of(
                new RejectedException(NAME, "GenericError", "no"),
                new OverloadException(NAME, 1),
                new CommandTimeoutException(NAME, Duration.ofSeconds(1)),
                new CommandRefusedException(NAME, "policy"),
                CommandRefusedException.because(NAME, "policy"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    @DisplayName("a failure has the name unchanged, and its message has it on one line")
    void inFailures(CommandException failure) {
        assertThat(failure.getMessage()).startsWith(SAFE + " ");
        assertThat(failure.commandName()).isEqualTo(NAME);
    }

    @Test
    @DisplayName("the failure of a result has the name on one line, too")
    void inResults() {
        assertThat(new ResultException(NAME, new MappingException("not a number", null)))
                .hasMessageStartingWith(SAFE + " succeeded");
    }

    @Test
    @DisplayName("texts of operations and of programs are one line")
    void inTexts() {
        Operation operation = Operation.of(QmpCommand.of(NAME), EventFilter.named("STOP"), Duration.ofSeconds(1));
        assertThat(operation.toString()).startsWith("Operation[" + SAFE + ",");
        assertThat(ExecRequest.of(NAME)).hasToString("ExecRequest[" + SAFE + "]");
    }
}
