package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.qmp.testing.LogRecorder;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Loggers are named by class, because they stay until the process ends. */
class LoggerNamesTests extends OnScriptedServer {

    private static int loggers() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory())
                .getLoggerList()
                .size();
    }

    private void connectOnce(String name) {
        try (QmpClient once = QmpClient.builder(server.endpoint())
                .name(name)
                .reconnect(ReconnectPolicy.never())
                .build()) {
            CompletableFuture<Void> connected = once.connect();
            server.accept().negotiate();
            connected.join();
        }
    }

    @Test
    @DisplayName("connections that come and go leave no loggers; the message names the connection, escaped")
    void input15LoggersDoNotGrow() {
        connectOnce("first");
        int before = loggers();
        for (int i = 0; i < 20; i++) {
            connectOnce(UUID.randomUUID().toString());
        }
        assertThat(loggers()).isEqualTo(before);
        try (LogRecorder log = LogRecorder.of("dev.qmp.QmpClient")) {
            connectOnce("vm {}\n1");
            assertThat(log.at(Level.INFO)).containsExactly("vm {}\\u000A1: Connected");
        }
    }
}
