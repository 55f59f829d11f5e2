package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What waits for the few threads that prepare TLS while the application's contexts hang. */
@Timeout(60)
class TlsQueueTests {

    private final EventLoops loops = EventLoops.create(1);
    private final RawServer server = RawServer.tcp();
    private final Semaphore hanging = new Semaphore(0);
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final List<LineProbe> probes = new ArrayList<>();
    private final List<RawPeer> peers = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        released.countDown();
        for (LineProbe probe : probes) {
            probe.disconnect().get(10, TimeUnit.SECONDS);
        }
        peers.forEach(RawPeer::close);
        server.close();
        loops.close();
    }

    private SSLContext hang() {
        hanging.release();
        try {
            released.await();
            return SSLContext.getDefault();
        } catch (InterruptedException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private SSLContext ask() {
        asked.incrementAndGet();
        throw new IllegalStateException("no context");
    }

    private CompletableFuture<Void> connect(TlsOptions tls) {
        LineProbe probe = new LineProbe(ProtocolOptions.builder("vm1")
                .eventLoops(loops)
                .tls(tls)
                .connectTimeout(Duration.ofMinutes(1))
                .build());
        probes.add(probe);
        CompletableFuture<Void> connected = probe.connect(server.endpoint());
        peers.add(server.accept());
        return connected;
    }

    private void occupyAllThreads() throws InterruptedException {
        int threads = BlockingWork.TLS.getMaximumPoolSize();
        assertThat(threads).as("the limit that the documents state").isEqualTo(4);
        for (int thread = 0; thread < threads; thread++) {
            connect(TlsOptions.of(this::hang));
        }
        assertThat(hanging.tryAcquire(threads, 10, TimeUnit.SECONDS)).isTrue();
    }

    private static void awaitQueued(int tasks) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(BlockingWork.TLS.getQueue()).hasSize(tasks));
    }

    @Test
    @DisplayName("an attempt that ends while it waits for TLS leaves the queue, and does not ask for a context")
    void anEndedAttemptLeavesTheQueue() throws Exception {
        occupyAllThreads();
        List<CompletableFuture<Void>> attempts = new ArrayList<>();
        for (int attempt = 1; attempt <= 3; attempt++) {
            attempts.add(connect(TlsOptions.of(this::ask)));
            awaitQueued(attempt);
        }
        attempts.get(0).cancel(false);
        attempts.get(2).cancel(false);
        awaitQueued(1);

        released.countDown();
        assertThat(attempts.get(1))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(QmpConnectException.class, failure -> assertThat(failure.phase())
                        .isEqualTo(ConnectPhase.TLS))
                .withMessageContaining("no context");
        assertThat(asked).hasValue(1);
    }
}
