package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.internal.engine.CountingLoops;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What callers get while there is no session: the reason at once, and when there may be one. */
class NoSessionTests extends OnScriptedServer {

    private static final Duration LONG = Duration.ofMinutes(10);

    /** Tries again in an hour. */
    private static final ReconnectPolicy RARELY =
            ReconnectPolicy.exponential(Duration.ofHours(1), 1, 0, Duration.ofHours(1));

    private QmpClientBuilder builder(String endpoint) {
        return QmpClient.builder(endpoint).name("vm1").disconnectTimeout(Duration.ofMillis(50));
    }

    private StateException awaitInVain() {
        return inVain(CompletableFuture.supplyAsync(() -> client.blocking().awaitRunning(LONG)));
    }

    /** {@return the outcome of a caller that waits for a session by now} */
    private CompletableFuture<Boolean> waitingCaller() {
        CompletableFuture<Boolean> outcome = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                outcome.complete(client.blocking().awaitRunning(LONG));
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        });
        caller.start();
        await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
        return outcome;
    }

    private static StateException inVain(CompletableFuture<Boolean> waiting) {
        try {
            throw new AssertionError("it returned " + waiting.get(10, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return (StateException) e.getCause();
        } catch (Exception e) {
            throw new AssertionError("no outcome", e);
        }
    }

    private NotSentException notSent() {
        return (NotSentException) failureOf(client.execute("query-status"));
    }

    @Test
    @DisplayName("a client that was never started has no session to wait for")
    void input8NeverStarted() {
        client = builder("unix:/nowhere").build();
        assertThat(awaitInVain())
                .hasMessage("'vm1' is not connected, and does not try to; call connect() or start()")
                .hasNoCause();
    }

    @Test
    @DisplayName("a closed client has no session to wait for; closing wakes the waiting callers")
    void input8Closed() {
        client = builder("unix:/nowhere").reconnect(RARELY).build();
        client.start();
        await().until(() -> client.status().nextAttempt() != null);
        CompletableFuture<Boolean> waiting = waitingCaller();
        client.close();

        assertThat(inVain(waiting))
                .hasMessageContaining("'vm1' is closed")
                .hasCauseInstanceOf(QmpConnectException.class);
        assertThat(awaitInVain()).hasMessageContaining("'vm1' is closed");
        assertThat(notSent()).hasMessageContaining("was not sent: 'vm1' is closed");
    }

    @Test
    @DisplayName("the status shows what the client does about its next session")
    void statusShowsTheReconnector() {
        client = builder("unix:/nowhere").reconnect(RARELY).build();
        assertThat(client.status().reconnectState()).isEqualTo(ReconnectState.STOPPED);

        client.start();
        await().until(() -> client.status().reconnectState() == ReconnectState.WAITING);

        client.disconnect().exceptionally(failure -> null).join();
        assertThat(client.status().reconnectState()).isEqualTo(ReconnectState.STOPPED);
    }

    @Test
    @DisplayName("a listener that starts the client when it has given up is notified each time")
    void aListenerStartsTheClientAgain() {
        List<EventSignal> ends = new CopyOnWriteArrayList<>();
        client = builder("unix:/nowhere").reconnect(ReconnectPolicy.never()).build();
        client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, signal -> {
            ends.add(signal);
            if (ends.size() < 3) {
                client.start(); // on the event loop, before this notification has ended
            }
        });
        client.start();
        await().until(() -> ends.size() == 3);

        assertThat(ends).allSatisfy(end -> assertThat(end)
                .isInstanceOfSatisfying(EventSignal.Disconnected.class, last -> assertThat(last.reconnecting())
                        .isFalse()));
    }

    @Test
    @DisplayName("a disconnect wakes the waiting callers, between two attempts too")
    void input8Disconnected() {
        client = builder("unix:/nowhere").reconnect(RARELY).build();
        client.start();
        await().until(() -> client.status().nextAttempt() != null);
        CompletableFuture<Boolean> waiting = waitingCaller();
        client.disconnect().exceptionally(failure -> null).join();

        assertThat(inVain(waiting)).hasMessageContaining("does not try to connect any more; call start() to resume");
    }

    @Test
    @DisplayName("a machine that is gone, and a client that does not reconnect: at once, with the cause")
    void input8TheMachineHasExited() {
        connect();
        CompletableFuture<Boolean> waiting;
        peer.close();
        awaitIdle();
        waiting = CompletableFuture.supplyAsync(() -> client.blocking().awaitRunning(LONG));

        assertThat(inVain(waiting)).hasCause(client.status().lastError());
    }

    @Test
    @DisplayName("a client that gives up wakes the waiting callers, with the last failure")
    void input8GivenUp() {
        client = builder("unix:/nowhere")
                .reconnect(() -> List.of(Duration.ofMillis(300)).iterator()::next)
                .build();
        client.start();
        assertThat(awaitInVain())
                .hasMessageContaining("the last failure: cannot connect to unix:/nowhere: no such file")
                .hasCauseInstanceOf(QmpConnectException.class)
                .returns(Runstate.IDLE, StateException::actual);
    }

    @Test
    @DisplayName("a failed attempt of a caller wakes the callers that wait for its session")
    void input8AnAttemptFails() {
        client = builder(server.endpoint().toString()).build();
        CompletableFuture<Void> connecting = client.connect();
        CompletableFuture<Boolean> waiting = waitingCaller();
        server.accept().close();

        assertThat(inVain(waiting)).hasCause(failureOf(connecting));
    }

    @Test
    @DisplayName("waiting callers get the session of any attempt")
    void input8TheSessionComes() {
        client = builder(server.endpoint().toString())
                .reconnect(() -> () -> Duration.ofMillis(1))
                .build();
        client.start();
        CompletableFuture<Boolean> waiting = waitingCaller();
        server.accept().close();
        server.accept().negotiate();

        assertThat(waiting).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(true);
    }

    @Test
    @DisplayName(
            "a command without a session: since when, why, and when the next attempt is; the cause is the last failure")
    void input31WhyThereIsNoSession() throws Exception {
        client = builder(server.endpoint().toString()).reconnect(RARELY).build();
        peer = server.connect(client);
        Files.delete(((Endpoint.Unix) server.endpoint()).path());
        peer.close();
        await().until(() -> client.status().nextAttempt() != null);

        NotSentException failure = notSent();

        assertThat(failure.getMessage())
                .matches("query-status was not sent: 'vm1' is down since \\S+Z: the peer closed the connection;"
                        + " the next attempt begins in 3[56]\\d\\d\\.\\d s");
        assertThat(failure.reason()).isEqualTo(NotSentException.Reason.NOT_CONNECTED);
        assertThat(failure.getCause())
                .isInstanceOf(StateException.class)
                .hasCause(client.status().lastError());
    }

    @Test
    @DisplayName("a command while connecting names the failure before, and the blocking twin does as well")
    void input31WhileConnecting() {
        client = builder(server.endpoint().toString())
                .reconnect(() -> () -> Duration.ofMillis(1))
                .build();
        client.start();
        server.accept().close();
        server.accept(); // and sends nothing
        await().until(() -> client.runstate() == Runstate.CONNECTING);

        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> client.blocking().execute("query-status"))
                .withMessageContaining("and connecting; the last failure: no greeting: the peer closed the connection")
                .withRootCauseInstanceOf(Throwable.class);
    }

    /** Issues a command on the event loop, within the notification of a runstate. */
    private CompletableFuture<?> issuedIn(Runstate runstate, Runnable before) {
        CompletableFuture<CompletableFuture<?>> issued = new CompletableFuture<>();
        client.addRunstateListener(change -> {
            if (change.current() == runstate && !issued.isDone()) {
                before.run();
                issued.complete(client.execute("query-status"));
            }
        });
        return issued.thenCompose(command -> command);
    }

    private void assertRefused(CompletableFuture<?> command, String why) {
        assertThat(failureOf(command))
                .hasMessage("query-status was not sent: 'vm1' " + why)
                .isInstanceOfSatisfying(NotSentException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(NotSentException.Reason.NOT_CONNECTED))
                .hasCauseInstanceOf(StateException.class);
    }

    @Test
    @DisplayName("a listener of RUNNING may issue a command, and one of a later runstate may not")
    void commandsWithinNotifications() {
        client = builder(server.endpoint().toString())
                .callbackExecutor(Runnable::run)
                .build();
        CompletableFuture<?> connecting = issuedIn(Runstate.CONNECTING, () -> {});
        CompletableFuture<?> running = issuedIn(Runstate.RUNNING, () -> {});
        CompletableFuture<?> disconnecting = issuedIn(Runstate.DISCONNECTING, () -> {});
        peer = server.connect(client);
        peer.answer(peer.hear("query-status"), "{}");
        assertThat(running).succeedsWithin(Duration.ofSeconds(10));
        CompletableFuture<?> idle = issuedIn(Runstate.IDLE, () -> {});
        client.disconnect();

        assertThat(failureOf(connecting)).hasMessageMatching("query-status was not sent: 'vm1' .* and connecting");
        assertRefused(disconnecting, "is disconnecting");
        assertRefused(idle, "is not connected, and does not try to; call connect() or start()");
    }

    @Test
    @DisplayName("a listener of RUNNING that disconnects first issues a command without a session")
    void aCommandAfterADisconnectWithinANotification() {
        client = builder(server.endpoint().toString())
                .callbackExecutor(Runnable::run)
                .build();
        CompletableFuture<?> running = issuedIn(Runstate.RUNNING, client::disconnect);
        client.connect();
        peer = server.accept();
        peer.negotiate();

        assertRefused(running, "is disconnecting");
    }

    /** Starts the client, makes other calls, and executes a command, all before the event loop has a turn. */
    private NotSentException notSentBeforeTheLoopStarts(
            ReconnectPolicy policy, boolean reconnecting, Consumer<QmpClient> afterwards) {
        try (CountingLoops loops = new CountingLoops()) {
            client =
                    builder("unix:/nowhere").reconnect(policy).eventLoops(loops).build();
            loops.keep();
            client.start();
            afterwards.accept(client);
            assertThat(client.status().reconnecting()).isEqualTo(reconnecting);
            CompletableFuture<?> command = client.execute("query-status");
            while (loops.kept() > 0) {
                loops.runKept(loops.kept());
            }
            loops.stopKeeping();
            NotSentException failure = (NotSentException) failureOf(command);
            client.close();
            return failure;
        }
    }

    @Test
    @DisplayName("a command just after the start does not ask for a start")
    void aCommandJustAfterTheStart() {
        String about = "'vm1' is down since \\S+Z; the next attempt is about to begin";
        assertThat(notSentBeforeTheLoopStarts(RARELY, true, started -> {})).hasMessageMatching(".*: " + about);
        assertThat(notSentBeforeTheLoopStarts(ReconnectPolicy.never(), false, started -> {}))
                .hasMessageMatching(".*: " + about);
        assertThat(notSentBeforeTheLoopStarts(RARELY, true, started -> {
                    started.disconnect();
                    started.start();
                }))
                .hasMessageMatching(".*: " + about);
    }

    @Test
    @DisplayName("a disconnect or close just after the start counts")
    void aDisconnectJustAfterTheStart() {
        assertThat(notSentBeforeTheLoopStarts(RARELY, false, QmpClient::disconnect))
                .hasMessageEndingWith("is not connected, and does not try to; call connect() or start()");
        assertThat(notSentBeforeTheLoopStarts(RARELY, false, started -> {
                    CompletableFuture.runAsync(started::close); // it waits for the event loop
                    await().until(started::isClosed);
                    started.start();
                }))
                .hasMessageEndingWith("'vm1' is closed");
    }

    @Test
    @DisplayName("a start that the event loop has executed, or could not take, is no longer requested")
    void aStartIsRequestedOnce() {
        try (CountingLoops loops = new CountingLoops()) {
            client = builder("unix:/nowhere")
                    .reconnect(ReconnectPolicy.never())
                    .eventLoops(loops)
                    .build();
            client.start();
            await().until(() -> client.status().lastError() != null);
            awaitIdle();
            assertThat(notSent()).hasMessageContaining("does not try to");
            client.disconnect().exceptionally(failure -> null).join();
            loops.failOnce();
            assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(client::start);
            assertThat(notSent()).hasMessageContaining("does not try to");
            client.close();
        }
    }

    @Test
    @DisplayName("a start while a session ends: another one follows, with a policy that never tries again, too")
    void aStartWhileASessionEnds() {
        connect(builder -> builder.disconnectTimeout(Duration.ofSeconds(10)));
        List<EventSignal> signals = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, signals::add);
        client.execute("query-status"); // its reply is awaited
        peer.hear("query-status");
        client.disconnect();
        client.start();
        await().until(() -> client.status().reconnectState() == ReconnectState.RESTARTING);
        CompletableFuture<Boolean> waiting = waitingCaller();
        peer.close();
        server.accept().negotiate();

        assertThat(waiting).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(true);
        assertThat(signals.get(0))
                .isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> assertThat(end.reconnecting())
                        .isTrue());
    }

    @Test
    @DisplayName("a caller that waits before the event loop has executed a start gets its session")
    void aStartJustAfterTheWait() {
        try (CountingLoops loops = new CountingLoops()) {
            client = builder(server.endpoint().toString()).eventLoops(loops).build();
            loops.keep();
            CompletableFuture<Boolean> waiting = waitingCaller();
            client.start();
            while (loops.kept() > 0) {
                loops.runKept(loops.kept());
            }
            loops.stopKeeping();
            server.accept().negotiate();

            assertThat(waiting).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(true);
            client.close();
        }
    }
}
