package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One small command after another: over the bare wire, chained as futures, and by a blocking caller. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CommandBenchmark {

    private static final int CHAIN = 100;
    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    private final ByteBuffer line = ByteBuffer.wrap(
            "{\"execute\":\"query-status\",\"id\":\"wire-0123456789\"}\n".getBytes(StandardCharsets.US_ASCII));
    private final ByteBuffer reply = ByteBuffer.allocateDirect(1 << 16);
    private Process server;
    private SocketChannel wire;
    private QmpClient client;

    @Setup
    public void start() throws IOException {
        Path socket = Files.createTempDirectory("qmp-jmh").resolve("s");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        server = new ProcessBuilder(
                        java, "-cp", System.getProperty("java.class.path"), WireServer.class.getName(), "" + socket)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        server.getInputStream().read();
        wire = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        readLine();
        client = QmpClient.builder("unix:" + socket).build();
        client.connect().join();
    }

    @TearDown
    public void stop() throws IOException {
        client.disconnect().join();
        wire.close();
        server.destroy();
    }

    @Benchmark
    public int wire() throws IOException {
        line.rewind();
        wire.write(line);
        return readLine();
    }

    @Benchmark
    public Object blocking() {
        return client.blocking().execute(COMMAND);
    }

    @Benchmark
    @OperationsPerInvocation(CHAIN)
    public Object chained() {
        CompletableFuture<?> last = client.execute(COMMAND);
        for (int count = 1; count < CHAIN; count++) {
            last = last.thenCompose(before -> client.execute(COMMAND));
        }
        return last.join();
    }

    private int readLine() throws IOException {
        reply.clear();
        do {
            wire.read(reply);
        } while (reply.get(reply.position() - 1) != '\n');
        return reply.position();
    }
}
