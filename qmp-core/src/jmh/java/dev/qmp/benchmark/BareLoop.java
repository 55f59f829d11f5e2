package dev.qmp.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The smallest possible client with an event loop, to separate the cost of the loop from that of a whole client. A
 * thread with a selector writes the prepared line and reads the reply to its newline, while the caller waits.
 */
final class BareLoop implements AutoCloseable {

    private final Wire wire;
    private final ByteBuffer line;
    private final Selector selector;
    private final AtomicReference<CompletableFuture<Integer>> issued = new AtomicReference<>();
    private final AtomicReference<CompletableFuture<Integer>> written = new AtomicReference<>();
    private final Thread thread = new Thread(this::run, "bare-loop");

    BareLoop(Path socket, ByteBuffer line) throws IOException {
        this.wire = new Wire(socket);
        this.line = line;
        this.selector = Selector.open();
        SocketChannel channel = wire.channel();
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        thread.start();
    }

    /** {@return how many bytes the answer had} */
    int roundTrip() {
        CompletableFuture<Integer> reply = new CompletableFuture<>();
        issued.set(reply);
        selector.wakeup();
        return reply.join();
    }

    /** The same, but the caller writes the line, without the loop. */
    int roundTripOfWriter() throws IOException {
        CompletableFuture<Integer> reply = new CompletableFuture<>();
        written.set(reply);
        wire.channel().write(line.rewind());
        return reply.join();
    }

    private void run() {
        CompletableFuture<Integer> awaited = new CompletableFuture<>();
        try {
            while (true) {
                selector.select(key -> {});
                CompletableFuture<Integer> next = issued.getAndSet(null);
                if (next != null) {
                    awaited = next;
                    wire.channel().write(line.rewind());
                }
                int length = wire.readAvailable();
                if (length > 0) {
                    CompletableFuture<Integer> ofWriter = written.getAndSet(null);
                    (ofWriter != null ? ofWriter : awaited).complete(length);
                }
            }
        } catch (IOException | RuntimeException e) {
            awaited.completeExceptionally(e); // the benchmark's end, too: the selector is closed
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        wire.close();
    }
}
