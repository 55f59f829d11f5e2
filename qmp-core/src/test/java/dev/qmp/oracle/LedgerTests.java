package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The accounts notice each kind of lie. */
class LedgerTests {

    private static final CompletableFuture<?> SUCCESS = CompletableFuture.completedFuture("");
    private static final CompletableFuture<?> UNSENT =
            CompletableFuture.failedFuture(new NotSentException("c", NotSentException.Reason.DISCONNECTED, "", null));
    private static final CompletableFuture<?> UNKNOWN = CompletableFuture.failedFuture(
            new OutcomeUnknownException("c", OutcomeUnknownException.Reason.TIMED_OUT, "", null));

    private final Ledger ledger = new Ledger();

    private static Execution write(String label) {
        return new Execution("id", "write", label);
    }

    private static Execution stop() {
        return new Execution("id", "stop", "");
    }

    private void refuses(Execution... executed) {
        assertThatThrownBy(() -> ledger.balance(List.of(executed))).isInstanceOf(AssertionError.class);
    }

    @Test
    @DisplayName("success is executed, unknown may be, unsent is not")
    void acceptsTheTruth() {
        ledger.enter("write", "t-0;", SUCCESS);
        ledger.enter("write", "t-1;", UNKNOWN);
        ledger.enter("write", "t-2;", UNKNOWN);
        ledger.enter("write", "t-3;", UNSENT);
        ledger.enter("stop", "", SUCCESS);
        ledger.enter("stop", "", UNKNOWN);

        assertThat(ledger.balance(List.of(write("t-0;"), stop(), write("t-2;"), new Execution("id", "other", ""))))
                .isEqualTo(3);
        assertThat(ledger.totals()).hasToString("{SUCCEEDED=2, UNKNOWN TIMED_OUT=3, UNSENT DISCONNECTED=1}");
    }

    @Test
    @DisplayName("success that was not executed")
    void refusesFalseSuccess() {
        ledger.enter("write", "t-0;", SUCCESS);
        refuses();
    }

    @Test
    @DisplayName("unsent that was executed")
    void refusesFalseUnsent() {
        ledger.enter("write", "t-0;", UNSENT);
        refuses(write("t-0;"));
    }

    @Test
    @DisplayName("executed twice")
    void refusesTwice() {
        ledger.enter("write", "t-0;", SUCCESS);
        refuses(write("t-0;"), write("t-0;"));
    }

    @Test
    @DisplayName("executed out of order")
    void refusesDisorder() {
        ledger.enter("write", "t-0;", SUCCESS);
        ledger.enter("write", "t-1;", SUCCESS);
        refuses(write("t-1;"), write("t-0;"));
    }

    @Test
    @DisplayName("without a label: more or fewer executions than the outcomes allow")
    void refusesWrongCounts() {
        ledger.enter("stop", "", SUCCESS);
        ledger.enter("stop", "", UNSENT);
        refuses(stop(), stop());
        refuses();
    }

    @Test
    @DisplayName("a refusal, which no command here deserves")
    void refusesRefusals() {
        ledger.enter("write", "t-0;", CompletableFuture.failedFuture(new IllegalStateException("a refusal")));
        refuses();
    }
}
