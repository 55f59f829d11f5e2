package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.Transport;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.LineScanner;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;

/** File descriptors for a peer that does not read: the system takes none of their bytes at first, or only some. */
@Timeout(20)
class FullSocketTests {

    private static final String FILLER = "x".repeat(99);

    private final NettyEventLoops loops = NettyEventLoops.create(1);
    private final ProtocolOptions options = ProtocolOptions.builder("vm1")
            .fileDescriptors(true)
            .eventLoops(loops)
            .maxOutboundSize(1 << 21)
            .build();
    private final Loop loop = loops.nextLoop(options);
    private final Lines codec = new Lines();

    @TempDir
    private Path folder;

    private AFUNIXServerSocketChannel server;
    private RandomAccessFile file;

    @BeforeEach
    void listen() throws IOException {
        server = AFUNIXServerSocketChannel.open();
        server.bind(AFUNIXSocketAddress.of(folder.resolve("s")));
        file = new RandomAccessFile(folder.resolve("disk").toFile(), "rw");
        file.write("the disk".getBytes(StandardCharsets.US_ASCII));
    }

    @AfterEach
    void close() throws IOException {
        loops.close();
        server.close();
        file.close();
    }

    /** A line that begins with "with" carries the file. */
    private final class Lines implements MessageCodec<String> {

        @Override
        public FrameScanner newScanner() {
            return new LineScanner();
        }

        @Override
        public String decode(ByteBuffer frame) {
            return StandardCharsets.US_ASCII.decode(frame).toString();
        }

        @Override
        public void encode(String message, OutputStream out) throws IOException {
            out.write((message + "\n").getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public FileDescriptor attachment(String message) {
            try {
                return message.startsWith("with") ? file.getFD() : null;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A connection, and what its peer has read so far. */
    private final class Pair implements AutoCloseable {

        private final Transport<String> transport;
        private final AFUNIXSocketChannel peer;
        private final StringBuilder read = new StringBuilder();
        private final List<String> files = new ArrayList<>();

        Pair() throws Exception {
            CompletableFuture<Transport<String>> dialled = new CompletableFuture<>();
            loop.execute(() -> loops.dial(
                            Endpoint.unix(folder.resolve("s")), loop, options, codec, new HeardMessages<String>())
                    .thenAccept(dialled::complete));
            transport = dialled.get(5, TimeUnit.SECONDS);
            peer = server.accept();
            peer.ensureAncillaryReceiveBufferSize(256);
        }

        /** {@return whether the system has taken it at once} */
        boolean write(String line) throws Exception {
            CompletableFuture<Boolean> taken = new CompletableFuture<>();
            loop.execute(() -> {
                AtomicBoolean done = new AtomicBoolean();
                transport.write(line);
                transport.flush(() -> done.set(true));
                taken.complete(done.get());
            });
            return taken.get(5, TimeUnit.SECONDS);
        }

        /** {@return how many fillers the system takes before the peer reads} */
        int fill() throws Exception {
            int taken = 0;
            while (write(FILLER)) {
                taken++;
            }
            return taken;
        }

        void readUntil(String end) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            while (read.indexOf(end) < 0) {
                assertThat(peer.read(buffer.clear())).isPositive();
                read.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
                FileDescriptor[] received = peer.getReceivedFileDescriptors();
                for (FileDescriptor descriptor : received == null ? new FileDescriptor[0] : received) {
                    assertThat(read).as("what came no later than the file").contains("\nwith");
                    files.add(content(descriptor));
                }
            }
        }

        /** A descriptor that has travelled shares its position with ours. */
        private String content(FileDescriptor descriptor) throws IOException {
            try (FileInputStream in = new FileInputStream(descriptor)) {
                in.getChannel().position(0);
                return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            }
        }

        @Override
        public void close() throws IOException {
            loop.execute(transport::close);
            peer.close();
        }
    }

    @Test
    @DisplayName("C8 a file descriptor for a socket that is full rides with its command when there is room")
    void waitsWithItsCommand() throws Exception {
        int room;
        try (Pair measured = new Pair()) {
            room = measured.fill();
        }
        try (Pair pair = new Pair()) {
            for (int i = 0; i < room; i++) {
                assertThat(pair.write(FILLER)).isTrue();
            }
            assertThat(pair.write("with a file")).as("there is no room for it").isFalse();
            pair.readUntil("with a file\n");
            assertThat(pair.files).containsExactly("the disk");
            pair.write("the last");
            pair.readUntil("the last\n");
            assertThat(pair.files).hasSize(1);
        }
    }

    @Test
    @DisplayName("C8 a file descriptor rides once with a command that the system takes in pieces")
    void ridesOnce() throws Exception {
        try (Pair pair = new Pair()) {
            String line = "with a file" + "x".repeat(1 << 20);
            assertThat(pair.write("the first")).isTrue();
            assertThat(pair.write(line)).isFalse();
            pair.readUntil("x\n");
            pair.write("the last");
            pair.readUntil("the last\n");
            assertThat(pair.read).hasToString("the first\n" + line + "\nthe last\n");
            assertThat(pair.files).containsExactly("the disk");
        }
    }
}
