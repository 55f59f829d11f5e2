package dev.qmp.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.LogRecorder;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A server that cannot accept a client, such as without a free file descriptor. */
class ServerAcceptorTests {

    private static final String LOGGER = "dev.qmp.test.serveracceptor";

    private final Queue<Runnable> scheduled = new ArrayDeque<>();
    private final List<FakeAcceptor> bound = new ArrayList<>();
    private final ServerAcceptor acceptor = new ServerAcceptor(
            Endpoint.tcp("127.0.0.1", 0),
            endpoint -> {
                bound.add(new FakeAcceptor());
                return CompletableFuture.completedFuture(last());
            },
            scheduled::add,
            Connection::close,
            LoggerFactory.getLogger(LOGGER));

    private FakeAcceptor last() {
        return bound.get(bound.size() - 1);
    }

    private static final class FakeAcceptor implements Acceptor {

        private final List<CompletableFuture<Connection>> accepts = new ArrayList<>();

        @Override
        public Endpoint endpoint() {
            return Endpoint.tcp("127.0.0.1", 4444);
        }

        @Override
        public CompletableFuture<Connection> accept() {
            accepts.add(new CompletableFuture<>());
            return accepts.get(accepts.size() - 1);
        }

        void failAccept() {
            accepts.get(accepts.size() - 1).completeExceptionally(new IOException("Too many open files"));
        }

        @Override
        public void close() {}
    }

    private void timePasses() {
        scheduled.remove().run();
    }

    @Test
    void itTriesAgainAfterAPauseAndLogsOneLine() {
        try (LogRecorder recorded = LogRecorder.of(LOGGER)) {
            acceptor.open();
            for (int attempt = 1; attempt <= 50; attempt++) {
                last().failAccept();
                assertThat(last().accepts).hasSize(attempt);
                timePasses();
                assertThat(last().accepts).hasSize(attempt + 1);
            }
            assertThat(recorded.at(Level.WARN)).singleElement().asString().contains("Too many open files");
        }
    }

    @Test
    void aServerThatWasClosedMeanwhileDoesNotTryAgain() {
        acceptor.open();
        last().failAccept();
        acceptor.close();
        timePasses();
        assertThat(last().accepts).hasSize(1);
    }

    @Test
    void aServerThatListensAgainAcceptsOnce() {
        acceptor.open();
        last().failAccept();
        acceptor.close();
        acceptor.open();
        timePasses();
        assertThat(bound).hasSize(2);
        assertThat(last().accepts).hasSize(1);
    }
}
