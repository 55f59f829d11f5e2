package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.RequiresQemu;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Outcomes, compared with the commands that the other monitor of a real QEMU reports as executed. */
@RequiresQemu
class RealQemuOutcomesIntegrationTests extends OnRealQemu {

    /** As many bytes more or less as a session may have: microseconds are written in up to six digits. */
    private static final int TIMES_VARY = 40;

    /** Counts the machine's stops and resumptions at its second monitor. */
    private final class Oracle {

        private final QmpClient client = client(qemu.oracle());
        private final EventMailbox events = client.events()
                .openMailbox(EventFilter.named("STOP", "RESUME"), ListenerOptions.DEFAULTS.withCapacity(10_000));

        private Oracle() {
            client.blocking().connect();
        }

        /**
         * {@return the events since the last call} All that was executed before is in it. QEMU takes the commands of
         * its monitors in turn. So commands that the other monitor has queued, eight at most, are executed in between.
         */
        private List<String> executed() {
            for (int i = 0; i <= 8; i++) {
                client.blocking().execute("query-status");
            }
            return events.clear().stream()
                    .filter(EventSignal.Received.class::isInstance)
                    .map(signal -> ((EventSignal.Received) signal).event().name())
                    .toList();
        }
    }

    @Test
    @DisplayName("#23 #24 killed in flight: a command reported as unsent was not executed")
    void tellsTheTruthWhenKilled() {
        int unknown = 0;
        for (int round = 0; round < 3; round++) {
            qemu.restart();
            Oracle oracle = new Oracle();
            QmpClient client = client(qemu.endpoint());
            client.blocking().connect();
            List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
            for (int i = 0; i < 1000; i++) { // more than QEMU executes before it is killed
                commands.add(client.execute(i % 2 == 0 ? "stop" : "cont"));
            }
            int enough = 20 * round;
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> commands.get(enough).isDone());

            qemu.kill();

            await().until(() -> client.runstate() == Runstate.IDLE && oracle.client.runstate() == Runstate.IDLE);
            unknown += assertConsistent(commands, namesOf(oracle.events.clear()), false);
        }
        assertThat(unknown).as("commands in flight when the machine was killed").isPositive();
    }

    @Test
    @DisplayName("#23 a command that makes QEMU abort is unknown, and those behind it are unknown or unsent")
    void isAbortedByACommand() {
        QmpClient client = client(qemu.endpoint());
        client.blocking().connect();
        // 2^64 - 1 is rounded up to a page, which is 0, which QEMU asserts it is not
        CompletableFuture<JsonNode> deadly = client.execute(
                "object-add",
                Map.of("qom-type", "memory-backend-ram", "id", "m", "size", new BigInteger("18446744073709551615")));
        List<CompletableFuture<JsonNode>> behind = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            behind.add(client.execute("query-status"));
        }

        assertThat(failureOf(deadly)).isInstanceOf(OutcomeUnknownException.class);
        assertThat(behind).allSatisfy(command -> assertThat(failureOf(command))
                .isInstanceOfAny(OutcomeUnknownException.class, NotSentException.class));
        await().until(() -> !qemu.isAlive());
        assertThat(qemu.exitCode()).as("128 and SIGABRT").isEqualTo(134);
    }

    private static List<String> namesOf(List<EventSignal> signals) {
        return signals.stream()
                .filter(EventSignal.Received.class::isInstance)
                .map(signal -> ((EventSignal.Received) signal).event().name())
                .toList();
    }

    /**
     * Checks the outcomes of commands that execute one after the other. They succeed, then are unknown, then unsent.
     * The number of executed commands is that of the successful ones, plus at most the unknown ones.
     *
     * @param heardAll whether the machine lived long enough to report all executions
     * @return the number of unknown outcomes
     */
    private static int assertConsistent(
            List<CompletableFuture<JsonNode>> commands, List<String> executed, boolean heardAll) {
        int succeeded = 0;
        int unknown = 0;
        int last = 0;
        for (CompletableFuture<JsonNode> command : commands) {
            Throwable failure = command.handle((result, e) -> e)
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            int kind = failure == null ? 0 : failure instanceof OutcomeUnknownException ? 1 : 2;
            assertThat(kind).as("order of the outcomes").isGreaterThanOrEqualTo(last);
            last = kind;
            if (kind == 2) {
                assertThat(failure).isInstanceOf(NotSentException.class);
            }
            succeeded += kind == 0 ? 1 : 0;
            unknown += kind == 1 ? 1 : 0;
        }
        assertThat(unknown).isLessThanOrEqualTo(8);
        assertThat(executed.size()).isLessThanOrEqualTo(succeeded + unknown);
        if (heardAll) {
            assertThat(executed.size()).isGreaterThanOrEqualTo(succeeded);
        }
        for (int i = 0; i < executed.size(); i++) {
            assertThat(executed.get(i)).as("no command is executed twice").isEqualTo(i % 2 == 0 ? "STOP" : "RESUME");
        }
        return unknown;
    }

    /** Some bytes of a session, from its begin to its end; or each byte, with {@code -Dtest.cuts=1800}. */
    @Test
    @Timeout(1200)
    @DisplayName("#24 cut at any byte, in either direction: every outcome is true, and nothing is executed twice")
    void tellsTheTruthWhenCut() {
        Oracle oracle = new Oracle();
        try (CuttingProxy proxy = CuttingProxy.to(qemu.socket())) {
            assertThat(oneRoundThrough(proxy, oracle))
                    .as("a session that is not cut")
                    .isTrue();
            int towardsQemu = proxy.passed(true);
            int fromQemu = proxy.passed(false);
            int step = 1 + (towardsQemu + fromQemu) / Integer.getInteger("test.cuts", 115);
            cutUntilOneSurvives(proxy, oracle, true, step, towardsQemu);
            cutUntilOneSurvives(proxy, oracle, false, step, fromQemu);
        }
    }

    /** Cuts later each time. When a session survives, the cuts before have covered all of its bytes. */
    private void cutUntilOneSurvives(CuttingProxy proxy, Oracle oracle, boolean towardsQemu, int step, int length) {
        int cuts = 0;
        proxy.cutNextAfter(towardsQemu, 0);
        while (!oneRoundThrough(proxy, oracle)) {
            cuts++;
            assertThat(cuts * step)
                    .as("a session of %s bytes that should survive", length)
                    .isLessThan(length + TIMES_VARY + step);
            proxy.cutNextAfter(towardsQemu, cuts * step);
        }
        assertThat(cuts * step).as("where the cut came too late").isGreaterThan(length - TIMES_VARY);
    }

    /** {@return whether every command succeeded, so that the cut, if any, came too late} */
    private boolean oneRoundThrough(CuttingProxy proxy, Oracle oracle) {
        QmpClient client = client(proxy.endpoint());
        clients.remove(client);
        try (client) {
            boolean connected =
                    client.connect().handle((done, failure) -> failure == null).join();
            List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                commands.add(client.execute(i % 2 == 0 ? "stop" : "cont"));
            }
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> commands.stream().allMatch(CompletableFuture::isDone));
            client.close();
            proxy.awaitQuiet();
            List<String> executed = oracle.executed();
            assertConsistent(commands, executed, true);
            if (!connected) {
                assertThat(executed).isEmpty();
            }
            if (executed.size() % 2 == 1) {
                oracle.client.blocking().execute("cont");
                oracle.executed();
            }
            return commands.stream().noneMatch(CompletableFuture::isCompletedExceptionally);
        }
    }
}
