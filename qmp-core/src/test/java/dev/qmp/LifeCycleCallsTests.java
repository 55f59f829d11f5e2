package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.LateCallbacks;
import dev.qmp.testing.LogRecorder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that change the life cycle at inconvenient times: within a notification, or after another attempt. */
@Timeout(30)
class LifeCycleCallsTests {

    @TempDir
    private Path folder;

    /** An illegal move of the reconnector is an error, which the engine logs. */
    private final LogRecorder log = LogRecorder.of("dev.qmp");

    private final LateCallbacks callbacks = new LateCallbacks();
    private final List<EventSignal> signals = new CopyOnWriteArrayList<>();
    private QmpClient client;

    private Endpoint endpoint() {
        return Endpoint.unix(folder.resolve("s"));
    }

    private QmpServer server() {
        return QmpServer.builder(endpoint())
                .handler("c", command -> QmpJson.object())
                .start();
    }

    private void build() {
        client = QmpClient.builder(endpoint())
                .reconnect(() -> () -> Duration.ofMillis(1))
                .disconnectTimeout(Duration.ofMillis(100))
                .callbackExecutor(callbacks)
                .build();
    }

    /** Calls back on the event loop, within the notification, when the first session begins. */
    private void whenConnected(Runnable call) {
        client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, signal -> {
            signals.add(signal);
            if (signals.size() == 1) {
                call.run();
            }
        });
    }

    private void assertEndedForGood() {
        await().until(() -> signals.size() == 2 && client.runstate() == Runstate.IDLE);
        assertThat(signals.get(1))
                .isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> assertThat(end.reconnecting())
                        .isFalse());
        assertThat(client.status().reconnectState()).isEqualTo(ReconnectState.STOPPED);
    }

    @AfterEach
    void close() {
        client.close();
        log.close();
        assertThat(log.at(Level.ERROR)).isEmpty();
    }

    @Test
    @DisplayName("a listener may close the client at each IDLE, which does not repeat the end")
    void aListenerMayCloseTheClientInIdle() throws Exception {
        client = QmpClient.builder(endpoint()).callbackExecutor(Runnable::run).build();
        AtomicInteger ends = new AtomicInteger();
        client.addRunstateListener(change -> {
            if (change.current() == Runstate.IDLE && ends.incrementAndGet() < 100) {
                client.close();
            }
        });
        client.disconnect().get(10, TimeUnit.SECONDS);
        assertThat(client.isClosed()).isTrue();
        assertThat(ends).hasValue(2);
    }

    @Test
    @DisplayName("G13 a disconnect within the notification of the session's begin is not undone")
    void disconnects() throws InterruptedException {
        try (QmpServer server = server()) {
            build();
            RunstateWatcher runstates = client.watchRunstate();
            whenConnected(client::disconnect);
            client.start();
            assertEndedForGood();
            for (Runstate next :
                    List.of(Runstate.CONNECTING, Runstate.RUNNING, Runstate.DISCONNECTING, Runstate.IDLE)) {
                assertThat(runstates.next(Duration.ofSeconds(10)).current()).isEqualTo(next);
            }
            await().until(() -> !server.hasClient());
        }
    }

    @Test
    @DisplayName("G13 a close within the notification of the session's begin ends the client")
    void closes() {
        try (QmpServer server = server()) {
            build();
            whenConnected(client::close);
            client.start();
            assertEndedForGood();
        }
    }

    @Test
    @DisplayName(
            "a watcher of a client that is closed returns the last change, and then throws, as one made later does")
    void aWatcherOfAClosedClientReturnsTheLastChangeAndThenThrows() throws Exception {
        try (QmpServer server = server()) {
            build();
            client.connect().get(10, TimeUnit.SECONDS);
            RunstateWatcher watcher = client.watchRunstate();
            FutureTask<List<Runstate>> reading = new FutureTask<>(() -> readToTheEnd(watcher));
            new Thread(reading, "reading").start();

            client.close();

            assertThat(reading.get(10, TimeUnit.SECONDS)).containsExactly(Runstate.DISCONNECTING, Runstate.IDLE);
            assertThat(readToTheEnd(client.watchRunstate())).isEmpty();
            assertThat(client.watchRunstate().await(Runstate.IDLE, Duration.ZERO))
                    .isTrue();
        }
    }

    private static List<Runstate> readToTheEnd(RunstateWatcher watcher) throws InterruptedException {
        List<Runstate> read = new ArrayList<>();
        try {
            for (RunstateChange change = next(watcher); change != null; change = next(watcher)) {
                read.add(change.current());
            }
            throw new AssertionError("no end after " + read);
        } catch (ListenerException e) {
            assertThat(e).hasMessage("the client was closed");
            return read;
        }
    }

    private static RunstateChange next(RunstateWatcher watcher) throws InterruptedException {
        return watcher.next(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("a client that is disconnected and started within that notification connects again")
    void startsAgain() {
        try (QmpServer server = server()) {
            build();
            whenConnected(() -> {
                client.disconnect();
                client.start();
            });
            client.start();
            await().until(() -> signals.size() == 3 && client.runstate() == Runstate.RUNNING);
            assertThat(client.status().reconnectState()).isEqualTo(ReconnectState.CONNECTED);
        }
    }

    @Test
    @DisplayName("the cancellation of an attempt that has failed does not end the session of another attempt")
    void cancelsLate() {
        build();
        callbacks.hold(1);
        CompletableFuture<Void> first = client.connect();
        await().until(() -> callbacks.held() == 1 && client.runstate() == Runstate.IDLE);
        try (QmpServer server = server()) {
            client.connect().join();
            first.cancel(true);
            client.execute("c").join(); // goes by the event loop, and so behind the cancellation
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
            assertThat(client.status().reconnectState()).isEqualTo(ReconnectState.CONNECTED);
        }
    }
}
