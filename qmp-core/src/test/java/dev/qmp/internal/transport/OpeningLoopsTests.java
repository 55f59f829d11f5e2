package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.event.EventFilter;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import io.netty.channel.ChannelException;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first attempt of a client opens its event loop: in the background, in turn, and with a clear failure. */
@Timeout(20)
class OpeningLoopsTests {

    private static final Duration LONG = Duration.ofSeconds(15);

    private final ScriptedServer server = ScriptedServer.start().playWithEach(peer -> {
        peer.negotiate();
        peer.hearsTheEnd();
    });
    /** Completed when selectors can be opened; failed while they cannot. */
    private volatile CompletableFuture<Void> selectors = new CompletableFuture<>();

    private final AtomicInteger openings = new AtomicInteger();
    private final NettyEventLoops loops = new NettyEventLoops(1, NameService.PLATFORM, false, this::selectors);

    private final QmpClient client = QmpClient.builder(server.endpoint())
            .eventLoops(loops)
            .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
            .build();

    private IoHandlerFactory selectors() {
        openings.incrementAndGet();
        selectors.join();
        return NioIoHandler.newFactory();
    }

    private void exhaustFiles() {
        selectors = CompletableFuture.failedFuture(
                new ChannelException("failed to open a new selector", new IOException("Too many open files")));
    }

    private void repair() {
        selectors = CompletableFuture.completedFuture(null);
    }

    @AfterEach
    void close() {
        selectors.complete(null);
        client.close();
        loops.close();
        server.close();
    }

    @Test
    void aClientThatDoesNothingOpensNoLoop() {
        client.status();
        client.events().openMailbox(EventFilter.all()).close();
        assertThat(openings).hasValue(0);
    }

    @Test
    void whatFollowsAStartFindsItBegun() throws Exception {
        client.start(); // returns although no loop is open
        CompletableFuture<Boolean> running =
                CompletableFuture.supplyAsync(() -> client.blocking().awaitRunning(LONG));
        selectors.complete(null);

        assertThat(running.get(15, TimeUnit.SECONDS)).isTrue();
        assertThat(openings).hasValue(1);
    }

    @Test
    void aDisconnectAfterAStartWins() throws Exception {
        client.start();
        CompletableFuture<Void> disconnected = client.disconnect();
        selectors.complete(null);

        disconnected.get(15, TimeUnit.SECONDS);
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
        assertThat(client.status().reconnecting()).isFalse();
    }

    @Test
    void aLoopThatCannotBeOpenedFailsTheConnectWithTheReason() {
        exhaustFiles();
        assertThatExceptionOfType(QmpConnectException.class)
                .isThrownBy(() -> client.blocking().connect())
                .withMessageContaining("too many open files: raise the limit of this process")
                .matches(QmpConnectException::isRetryable);
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);

        repair();
        client.blocking().connect();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    void aNativeLibraryThatCannotBeLoadedIsTheReasonAndFinal() {
        LinkageError missing = new UnsatisfiedLinkError("Could not load native library junixsocket-native");
        selectors = CompletableFuture.failedFuture(new IllegalStateException(
                "failed to create a child event loop", new UnsupportedOperationException("not supported", missing)));
        assertThatExceptionOfType(QmpConnectException.class)
                .isThrownBy(() -> client.blocking().connect())
                .withMessageEndingWith(
                        "no event loop could be opened: could not load native library junixsocket-native")
                .matches(failure -> !failure.isRetryable());
    }

    @Test
    void theReconnectorTriesUntilALoopCanBeOpened() {
        exhaustFiles();
        client.start();
        await().until(() -> client.status().reconnectAttempts() > 1);
        assertThat(client.status().lastError()).hasMessageContaining("too many open files");

        repair();
        assertThat(client.blocking().awaitRunning(LONG)).isTrue();
    }

    @Test
    void aListenerThatHasNoLoopBindsNoSocket(@TempDir Path folder) {
        exhaustFiles();
        Path socket = folder.resolve("s");
        CompletableFuture<Acceptor> bound = Acceptor.bind(Endpoint.unix(socket), loops, null);
        assertThatThrownBy(() -> bound.get(15, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(QmpConnectException.class)
                .hasMessageContaining("Too many open files");
        assertThat(socket).doesNotExist();
    }

    @Test
    void loopsThatAreClosedBeforeTheirFirstTaskAreNotOpened() {
        loops.close();
        assertThatThrownBy(() -> client.blocking().connect()).hasMessageContaining("the event loops are closed");
        assertThat(openings).hasValue(0);
    }

    @Test
    void loopsThatAreClosedWhileTheyAreOpenedEndTheAttempt() throws Exception {
        CompletableFuture<Void> connected = client.connect();
        await().until(() -> openings.get() == 1);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(loops::close);
        await().until(loops::isClosed);
        selectors.complete(null);

        closed.get(15, TimeUnit.SECONDS);
        assertThatThrownBy(() -> connected.get(15, TimeUnit.SECONDS))
                .hasMessageContaining("the event loops are closed");
    }
}
