package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.QmpClient;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ScriptedAgent;
import dev.qmp.testing.ScriptedServer;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a thaw follows a freeze, and is repeated: soon after a lost one, and not while it is executed. */
@Timeout(30)
class ThawTests {

    private static final String FREEZE = "guest-fsfreeze-freeze";
    private static final String THAW = "guest-fsfreeze-thaw";
    private static final String STATUS = "guest-fsfreeze-status";
    private static final Duration LIMIT = Duration.ofSeconds(20);
    /** Passes soon, but not before a command is written, on a busy machine either. */
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client =
            QmpClient.builder(server.endpoint()).guestAgent().build();
    private final ScriptedAgent scripted = new ScriptedAgent(true)
            .answer(FREEZE, "{\"return\": 2}")
            .answer(THAW, "{\"return\": 2}")
            .answer(STATUS, "{\"return\": \"frozen\"}");

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private void connect() {
        server.playWithEach(scripted);
        client.blocking().connect();
    }

    private CompletableFuture<String> freeze() {
        return GuestAgent.of(client)
                .withTimeout(SHORT)
                .whileFrozen(LIMIT, () -> CompletableFuture.completedFuture("done"));
    }

    private List<String> executedAfterTheFreeze() {
        return scripted.executed().stream().skip(1).toList();
    }

    @ParameterizedTest
    @CsvSource({"PT10M, PT10S", "PT1S, PT1S"})
    @DisplayName("a thaw has its own deadline, so that the next one soon follows a lost one")
    void hasItsOwnDeadline(Duration timeout, Duration expected) {
        connect();
        scripted.reject(THAW, "hook failed").answer(STATUS, "{\"return\": \"thawed\"}");
        List<Map.Entry<String, Duration>> deadlines = new CopyOnWriteArrayList<>();
        QmpClient observed = (QmpClient) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {QmpClient.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("execute") && arguments[0] instanceof TypedCommand<?> command) {
                        deadlines.add(Map.entry(
                                command.toCommand().name(), command.toCommand().timeout()));
                    }
                    return method.invoke(client, arguments);
                });

        Thaw.start(GuestAgent.of(observed).withTimeout(timeout), null).await(LIMIT);

        assertThat(deadlines).containsExactly(Map.entry(THAW, expected), Map.entry(STATUS, expected));
    }

    @Test
    @DisplayName("a thaw that takes longer than its deadline is not repeated, so its hooks run once")
    void doesNotRepeatASlowThaw() {
        connect();
        CountDownLatch hook = scripted.hold(THAW);
        CompletableFuture<String> result = freeze();
        await().until(() -> client.status().abandoned() == 1);
        scripted.answer(STATUS, "{\"return\": \"thawed\"}");
        hook.countDown();

        assertThat(result).succeedsWithin(LIMIT).isEqualTo("done");
        assertThat(executedAfterTheFreeze()).startsWith(THAW, STATUS).containsOnlyOnce(THAW);
    }

    @Test
    @DisplayName("a thaw that was lost is repeated when the agent reports that the file systems are frozen")
    void repeatsALostThaw() {
        connect();
        scripted.mute(THAW);
        CountDownLatch question = scripted.hold(STATUS);
        CompletableFuture<String> result = freeze();
        await().until(() -> executedAfterTheFreeze().contains(STATUS));
        scripted.answer(THAW, "{\"return\": 2}");
        question.countDown();

        assertThat(result).succeedsWithin(LIMIT).isEqualTo("done");
        assertThat(executedAfterTheFreeze()).containsExactly(THAW, STATUS, THAW);
    }

    @Test
    @DisplayName("a thaw that was lost is repeated if the agent rejects the question")
    void repeatsALostThawWithoutAStatus() {
        connect();
        scripted.mute(THAW).reject(STATUS, "disabled");
        CountDownLatch question = scripted.hold(STATUS);
        CompletableFuture<String> result = freeze();
        await().until(() -> executedAfterTheFreeze().contains(STATUS));
        scripted.answer(THAW, "{\"return\": 0}");
        question.countDown();

        assertThat(result).succeedsWithin(LIMIT).isEqualTo("done");
        assertThat(executedAfterTheFreeze()).containsExactly(THAW, STATUS, THAW);
    }

    @Test
    @DisplayName("a question without a reply is repeated, and not followed by a thaw")
    void repeatsTheQuestion() {
        connect();
        scripted.mute(THAW);
        CountDownLatch question = scripted.hold(STATUS);
        CompletableFuture<String> result = freeze();
        await().until(() ->
                executedAfterTheFreeze().contains(STATUS) && client.status().abandoned() == 1);
        scripted.answer(STATUS, "{\"return\": \"thawed\"}");
        question.countDown();

        assertThat(result).succeedsWithin(LIMIT).isEqualTo("done");
        assertThat(executedAfterTheFreeze()).startsWith(THAW, STATUS, STATUS).containsOnlyOnce(THAW);
    }

    @Test
    @DisplayName("a thaw that the agent rejects is repeated while the file systems are frozen")
    void repeatsARejectedThaw() {
        connect();
        scripted.reject(THAW, "hook failed");
        CountDownLatch question = scripted.hold(STATUS);
        CompletableFuture<String> result = freeze();
        await().until(() -> executedAfterTheFreeze().contains(STATUS));
        scripted.answer(THAW, "{\"return\": 2}");
        question.countDown();

        assertThat(result).succeedsWithin(LIMIT).isEqualTo("done");
        assertThat(executedAfterTheFreeze()).containsExactly(THAW, STATUS, THAW);
    }

    @Test
    @DisplayName("a caller that cancels during the freeze gets a thaw, and its work does not begin")
    void doesNoWorkForACancelledCaller() {
        connect();
        CountDownLatch freezing = scripted.hold(FREEZE);
        AtomicBoolean worked = new AtomicBoolean();
        CompletableFuture<String> result = GuestAgent.of(client).whileFrozen(LIMIT, () -> {
            worked.set(true);
            return CompletableFuture.completedFuture("done");
        });
        await().until(() -> scripted.executed().contains(FREEZE));
        result.cancel(false);
        freezing.countDown();

        await().until(() -> executedAfterTheFreeze().equals(List.of(THAW)));
        assertThat(worked).isFalse();
    }

    @Test
    @DisplayName("the failure of the work has that of the thaw as a suppressed exception")
    void keepsBothFailures() {
        connect();
        scripted.answer(THAW, "{\"return\": 0}");
        IllegalStateException failure = new IllegalStateException("no space");

        assertThat(GuestAgent.of(client).whileFrozen(LIMIT, () -> CompletableFuture.failedFuture(failure)))
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCause(failure);
        assertThat(failure.getSuppressed()).hasExactlyElementsOfTypes(FreezeException.class);
    }

    @Test
    @DisplayName("if the application closes the client before the thaw, the caller does not wait for one")
    void endsWithAClosedClient() {
        connect();
        try (LogRecorder log = LogRecorder.of(Thaw.class.getName())) {
            CompletableFuture<String> result = GuestAgent.of(client).whileFrozen(LIMIT, () -> {
                client.close();
                return CompletableFuture.completedFuture("done");
            });

            assertThat(result)
                    .failsWithin(LIMIT)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOfSatisfying(FreezeException.class, e -> assertThat(e.kind())
                            .isEqualTo(FreezeException.Kind.MAYBE_STILL_FROZEN))
                    .withMessageContaining("no further thaw is sent");
            assertThat(log.at(Level.ERROR))
                    .singleElement()
                    .asString()
                    .contains("thaw the guest's file systems by hand");
        }
    }
}
