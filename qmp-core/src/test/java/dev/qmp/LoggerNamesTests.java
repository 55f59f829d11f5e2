package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.qmp.server.QmpServer;
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

    private static void serveOnce(String name) {
        try (QmpServer named = QmpServer.builder("tcp:127.0.0.1:0").name(name).start();
                QmpClient once = QmpClient.builder(named.endpoint())
                        .reconnect(ReconnectPolicy.never())
                        .build()) {
            once.blocking().connect();
        }
    }

    @Test
    @DisplayName("servers that come and go leave no loggers; the message names the server, escaped")
    void input15LoggersOfServersDoNotGrow() {
        serveOnce("first");
        int before = loggers();
        for (int i = 0; i < 20; i++) {
            serveOnce(UUID.randomUUID().toString());
        }
        assertThat(loggers()).isEqualTo(before);
        try (LogRecorder log = LogRecorder.of("dev.qmp.server.QmpServer")) {
            serveOnce("vm {}\n1");
            assertThat(log.at(Level.DEBUG)).isNotEmpty().allMatch(line -> line.startsWith("vm {}\\u000A1: Serving "));
        }
    }
}
