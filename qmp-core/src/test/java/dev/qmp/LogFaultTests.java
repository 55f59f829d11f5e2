package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * A logging library that throws costs a line, and nothing else. The life of a client is repeated, and each time a later
 * one of its calls of the library throws.
 */
@Timeout(120)
class LogFaultTests {

    private static final Duration SHORT = Duration.ofMillis(10);

    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Logger logger = context.getLogger("dev.qmp");
    private final Level before = logger.getLevel();
    private final Thrower thrower = new Thrower();

    /** Throws at one of the calls of the client's loggers. */
    private static final class Thrower extends TurboFilter {

        private final AtomicInteger calls = new AtomicInteger();
        private volatile int at = Integer.MAX_VALUE;
        private volatile String where = "";

        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] arguments,
                @Nullable Throwable cause) {
            if (logger.getName().startsWith("dev.qmp") && calls.incrementAndGet() == at) {
                where = logger.getName() + " " + level + " " + format;
                throw new OutOfMemoryError("on purpose");
            }
            return FilterReply.NEUTRAL;
        }
    }

    @BeforeEach
    void logEverything() {
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        context.addTurboFilter(thrower);
    }

    @AfterEach
    void restore() {
        context.getTurboFilterList().remove(thrower);
        logger.setAdditive(true);
        logger.setLevel(before);
    }

    /** Answers all commands but those that are slow, until it is asked to leave. */
    private static void serve(Peer peer) throws IOException {
        peer.negotiate();
        while (true) {
            var command = peer.hear();
            String name = command.get("execute").asString();
            if (name.equals("leave")) {
                return;
            } else if (name.equals("refuse")) {
                peer.reject(command, "GenericError", "no");
            } else if (!name.equals("slow")) {
                peer.emit("NEWS").answer(command, "{}");
            }
        }
    }

    private static void live() throws Exception {
        try (ScriptedServer server = ScriptedServer.start().playWithEach(LogFaultTests::serve);
                QmpClient client = QmpClient.builder(server.endpoint())
                        .reconnect(ReconnectPolicy.exponential(SHORT, 1, 0, SHORT))
                        .disconnectTimeout(Duration.ofMillis(200))
                        .wireLog(true)
                        .build()) {
            EventMailbox mailbox = client.events().openMailbox(EventFilter.all());
            client.blocking().connect();
            awaitSignal(mailbox, signal -> signal instanceof EventSignal.Connected);
            outcome(client.execute("quick"));
            awaitSignal(mailbox, signal -> signal instanceof EventSignal.Received);
            assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> outcome(client.execute("refuse")));
            List<CompletableFuture<?>> lost =
                    List.of(client.execute("slow"), client.execute("slow"), client.execute("leave"));
            for (CompletableFuture<?> command : lost) {
                assertThatExceptionOfType(ExecutionException.class)
                        .isThrownBy(() -> outcome(command))
                        .withCauseInstanceOf(OutcomeUnknownException.class);
            }
            awaitSignal(mailbox, signal -> signal instanceof EventSignal.Disconnected);
            awaitSignal(mailbox, signal -> signal instanceof EventSignal.Connected);
            outcome(client.execute("quick"));
            outcome(client.disconnect());
            awaitSignal(mailbox, signal -> signal instanceof EventSignal.Disconnected);
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            assertThat(client.status().pending() + client.status().queued()).isZero();
        }
    }

    private static void outcome(CompletableFuture<?> future) throws Exception {
        future.get(10, TimeUnit.SECONDS);
    }

    private static void awaitSignal(EventMailbox mailbox, Predicate<EventSignal> expected) throws InterruptedException {
        EventSignal next;
        do {
            next = mailbox.next(Duration.ofSeconds(10));
            assertThat(next).as("the next signal").isNotNull();
        } while (!expected.test(next));
    }

    @Test
    @DisplayName("with any call of the logging library failing, all futures complete and all signals arrive")
    void anyCallFails() throws Exception {
        live();
        int calls = thrower.calls.get();
        assertThat(calls).isGreaterThan(20);
        for (int call = 1; call <= calls; call++) {
            thrower.calls.set(0);
            thrower.at = call;
            try {
                live();
            } catch (Throwable e) {
                throw new AssertionError("call " + call + " of " + calls + ": " + thrower.where, e);
            }
        }
    }
}
