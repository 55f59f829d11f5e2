package dev.qmp.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When the end of a session is known to a task, and when it is reported. */
@Timeout(60)
class SessionEndWatchTests {

    private final QmpServer server =
            QmpServer.builder(Endpoint.tcp("127.0.0.1", 0)).start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .build();
    private final Queue<Runnable> executor = new ArrayDeque<>();
    private final AtomicInteger reports = new AtomicInteger();
    private SessionEndWatch watch;

    @BeforeEach
    void watch() {
        client.blocking().connect();
        watch = new SessionEndWatch(client.events(), executor::add, cause -> reports.incrementAndGet());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    @DisplayName("the end is known at once, and is reported on the executor")
    void isReportedOnTheExecutor() {
        client.blocking().disconnect();
        assertThat(watch.hasEnded()).isTrue();
        assertThat(reports).hasValue(0);
        executor.remove().run();
        assertThat(reports).hasValue(1);
        assertThat(watch.beginCommand()).isFalse();
        assertThat(reports).hasValue(1);
    }

    @Test
    @DisplayName("the end is reported after a command in progress has succeeded, although the next session has begun")
    void isReportedAfterACommand() {
        assertThat(watch.beginCommand()).isTrue();
        client.blocking().disconnect();
        client.blocking().connect();
        executor.remove().run();
        assertThat(reports).hasValue(0);
        watch.commandSucceeded();
        assertThat(reports).hasValue(1);
        client.blocking().disconnect();
        assertThat(executor).isEmpty();
    }

    @Test
    @DisplayName("the end is not reported after close(), although the executor runs the report later")
    void isNotReportedAfterClose() {
        client.blocking().disconnect();
        watch.close();
        executor.remove().run();
        assertThat(reports).hasValue(0);
    }
}
