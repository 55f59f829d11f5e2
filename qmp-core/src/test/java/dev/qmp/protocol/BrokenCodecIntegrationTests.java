package dev.qmp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.LineCodec;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A codec that fails as nothing should: no half-decoded stream is read on. */
class BrokenCodecIntegrationTests extends OnSockets {

    /** Lines, of which some are the end of the world. */
    private static final class FatalCodec implements MessageCodec<String> {

        private final LineCodec lines = new LineCodec();

        @Override
        public FrameScanner newScanner() {
            return lines.newScanner();
        }

        @Override
        public String decode(ByteBuffer frame) {
            String line = StandardCharsets.UTF_8.decode(frame.duplicate()).toString();
            if (line.startsWith("OutOfMemoryError")) {
                throw new OutOfMemoryError("of a test");
            }
            if (line.startsWith("StackOverflowError")) {
                throw new StackOverflowError();
            }
            return lines.decode(frame);
        }

        @Override
        public void encode(String line, OutputStream out) throws IOException {
            lines.encode(line, out);
        }
    }

    @ParameterizedTest(name = "#84 {0} while a message is decoded: the session ends, nothing behind it is delivered")
    @ValueSource(strings = {"OutOfMemoryError", "StackOverflowError"})
    void endsTheSession(String error) {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = remember(new LineProbe(options("vm1").build(), new FatalCodec()));
            CompletableFuture<Void> connected = probe.connect(server.endpoint());
            try (RawPeer peer = server.accept()) {
                await(connected);
                peer.write("before\n" + error + "\nafter\n");
                eventually(() -> assertThat(probe.runstate()).isEqualTo(Runstate.IDLE));
                assertThat(peer.read()).as("it hung up").isEqualTo(-1);
            }
            assertThat(probe.heard()).containsExactly("before");
            assertThat(probe.lastChange().cause().getClass().getSimpleName()).isEqualTo(error);
            // listeners are notified just after IDLE is visible
            eventually(() -> assertThat(probe.runstates())
                    .containsExactly(Runstate.CONNECTING, Runstate.RUNNING, Runstate.DISCONNECTING, Runstate.IDLE));
        }
    }
}
