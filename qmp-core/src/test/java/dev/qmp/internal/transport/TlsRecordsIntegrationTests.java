package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.testing.TestKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several records in one read, in both roles: the peer sends all that it can at once. */
class TlsRecordsIntegrationTests {

    private static final int READ = 64 * 1024;
    private static final byte[] CLOSE_NOTIFY = {21, 3, 3, 0, 2, 1, 0};

    @TempDir
    static Path folder;

    private static TestKeys keys;

    private final TlsEngineIntegrationTests.Threads threads = new TlsEngineIntegrationTests.Threads();
    private final Reads reads = new Reads();
    private final EmbeddedChannel channel = new EmbeddedChannel(new Dialer.Placeholder());
    private final List<String> outcomes = new ArrayList<>();
    private final ByteBuffer toPeer = ByteBuffer.allocate(READ);
    private final ByteBuffer fromPeer = ByteBuffer.allocate(READ);
    private final SSLEngine peer = keys.trustingAll().createSSLEngine();
    private int tasks;

    @BeforeAll
    static void makeKeys() {
        keys = TestKeys.make(folder, "both", "dns:localhost");
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        threads.shutdown();
    }

    /** Counts the reads of the channel that TLS asks for. */
    private static final class Reads extends ChannelOutboundHandlerAdapter {

        private int asked;

        @Override
        public void read(ChannelHandlerContext context) {
            asked++;
            context.read();
        }
    }

    private void start(boolean asServer, String version) throws SSLException {
        SSLContext context = keys.trustingAll();
        TlsOptions options = new TlsOptions(() -> context, true, List.of(version), List.of(), true);
        Endpoint.@Nullable Tcp server = asServer ? null : Endpoint.tcp("localhost", 4444);
        peer.setUseClientMode(asServer);
        peer.setNeedClientAuth(!asServer);
        channel.config().setAutoRead(false);
        TlsHandshake.start(
                channel, new TlsEngine(TlsHandshake.engine(options, asServer, server), threads), () -> {}, failure -> {
                    outcomes.add(failure == null ? "success" : String.valueOf(failure.getMessage()));
                    reads.asked = 0;
                    channel.config().setAutoRead(true);
                });
        channel.pipeline().addFirst(reads);
        peer.beginHandshake();
    }

    /** Lets the peer unwrap all that this side has written, and wrap all that it can. */
    private void runPeer() throws SSLException {
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            toPeer.put(bytes.nioBuffer());
            bytes.release();
        }
        toPeer.flip();
        HandshakeStatus status = peer.getHandshakeStatus();
        while (status == HandshakeStatus.NEED_TASK
                || status == HandshakeStatus.NEED_WRAP
                || (toPeer.hasRemaining() && !peer.isInboundDone())) {
            if (status == HandshakeStatus.NEED_TASK) {
                peer.getDelegatedTask().run();
            } else if (status == HandshakeStatus.NEED_WRAP) {
                peer.wrap(ByteBuffer.allocate(0), fromPeer);
            } else {
                peer.unwrap(toPeer, ByteBuffer.allocate(READ));
            }
            status = peer.getHandshakeStatus();
        }
        toPeer.compact();
    }

    /** Delivers all that the peer has wrapped in one read, and runs the tasks. */
    private void deliver() {
        fromPeer.flip();
        if (fromPeer.hasRemaining()) {
            channel.writeInbound(Unpooled.copiedBuffer(fromPeer));
        }
        fromPeer.clear();
        while (runTask()) {}
    }

    private boolean runTask() {
        Runnable task = threads.tasks.poll();
        if (task != null) {
            tasks++;
            task.run();
            channel.runPendingTasks();
        }
        return task != null;
    }

    @ParameterizedTest
    @CsvSource({"false, TLSv1.2", "false, TLSv1.3", "true, TLSv1.2", "true, TLSv1.3"})
    @DisplayName("records that arrive together are handled in their order, with the data after the last one")
    void together(boolean asServer, String version) throws SSLException {
        start(asServer, version);
        StringBuilder heard = new StringBuilder();
        for (int flight = 0; flight < 4; flight++) {
            runPeer();
            if (flight > 0 && peer.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
                for (String text : List.of("one ", "two ")) {
                    peer.wrap(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), fromPeer);
                }
            }
            deliver();
            for (ByteBuf plain = channel.readInbound(); plain != null; plain = channel.readInbound()) {
                heard.append(plain.toString(StandardCharsets.US_ASCII));
                plain.release();
            }
            if (!heard.isEmpty()) {
                break;
            }
        }

        assertThat(outcomes).containsExactly("success");
        assertThat(heard).hasToString("one two ");
        assertThat(reads.asked).isPositive(); // the automatic reading has begun
    }

    @ParameterizedTest
    @CsvSource({"false, TLSv1.2", "false, TLSv1.3", "true, TLSv1.2"})
    @DisplayName("a peer that cancels the handshake fails it with that reason, and receives the end of TLS")
    void cancelled(boolean asServer, String version) throws SSLException {
        start(asServer, version);
        if (asServer) {
            runPeer(); // the client's first message
        } else {
            ByteBuf hello = channel.readOutbound();
            peer.unwrap(hello.nioBuffer(), ByteBuffer.allocate(READ));
            hello.release();
        }
        peer.closeOutbound();
        while (!peer.isOutboundDone()) {
            peer.wrap(ByteBuffer.allocate(0), fromPeer);
        }
        deliver();

        assertThat(outcomes).containsExactly("no TLS session: the peer cancelled the TLS handshake");
        assertThat(tasks).isEqualTo(asServer ? 1 : 0); // for the first message; an alert in clear needs none
        assertThat(channel.isOpen()).isFalse();
        ByteBuf last = channel.readOutbound();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            last.release();
            last = next;
        }
        assertThat(ByteBufUtil.getBytes(last)).endsWith(CLOSE_NOTIFY);
        last.release();
    }

    @Test
    @DisplayName("while tasks of small records run, the peer cannot make this side read more and more")
    void flood() throws SSLException {
        start(false, "TLSv1.3");
        SSLParameters parameters = peer.getSSLParameters();
        parameters.setMaximumPacketSize(64);
        peer.setSSLParameters(parameters);
        runPeer();
        byte[] flight = new byte[fromPeer.flip().remaining()];
        fromPeer.get(flight);
        channel.writeInbound(Unpooled.wrappedBuffer(flight, 0, flight.length - 1));
        reads.asked = 0;

        while (!threads.tasks.isEmpty()) {
            assertThat(reads.asked).isZero(); // neither more bytes nor the end of the stream
            runTask();
        }

        assertThat(tasks).isGreaterThan(20);
        assertThat(reads.asked).isPositive(); // when nothing but a part of a record is kept
        channel.writeInbound(Unpooled.wrappedBuffer(flight, flight.length - 1, 1));
        fromPeer.clear();
        deliver();
        runPeer();
        assertThat(outcomes).containsExactly("success");
    }
}
