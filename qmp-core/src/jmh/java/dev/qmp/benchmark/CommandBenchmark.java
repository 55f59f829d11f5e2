package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
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

/** One small command after another, and several at a time, beside the bare wire. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CommandBenchmark {

    private static final int COMMANDS = 512;
    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    private final ByteBuffer line = Wire.command("query-status");
    private ServerProcess server;
    private Wire wire;
    private QmpClient client;
    private QmpClient direct;
    private QmpClient wide;

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forFew();
        wire = new Wire(server.socket());
        client = server.client().build();
        direct = server.client().callbackExecutor(Runnable::run).build();
        wide = server.client().callbackExecutor(Runnable::run).maxInFlight(64).build();
        CompletableFuture.allOf(client.connect(), direct.connect(), wide.connect()).join();
    }

    @TearDown
    public void stop() throws IOException {
        CompletableFuture.allOf(client.disconnect(), direct.disconnect(), wide.disconnect()).join();
        wire.close();
        server.close();
    }

    @Benchmark
    public int wire() throws IOException {
        return wire.roundTrip(line);
    }

    @Benchmark
    public Object blocking() {
        return client.blocking().execute(COMMAND);
    }

    /** Futures complete on the event loop, by the application's choice. */
    @Benchmark
    @OperationsPerInvocation(COMMANDS)
    public Object chained() {
        return chain(direct, COMMANDS).join();
    }

    /** Futures complete on the callback executor, as they do by default. */
    @Benchmark
    @OperationsPerInvocation(COMMANDS)
    public Object chainedOnExecutor() {
        return chain(client, COMMANDS).join();
    }

    @Benchmark
    @OperationsPerInvocation(COMMANDS)
    public Object inFlight8() {
        return inFlight(direct, 8);
    }

    @Benchmark
    @OperationsPerInvocation(COMMANDS)
    public Object inFlight64() {
        return inFlight(wide, 64);
    }

    private static Object inFlight(QmpClient client, int commands) {
        CompletableFuture<?>[] chains = new CompletableFuture<?>[commands];
        for (int chain = 0; chain < commands; chain++) {
            chains[chain] = chain(client, COMMANDS / commands);
        }
        return CompletableFuture.allOf(chains).join();
    }

    private static CompletableFuture<?> chain(QmpClient client, int length) {
        CompletableFuture<?> last = client.execute(COMMAND);
        for (int count = 1; count < length; count++) {
            last = last.thenCompose(before -> client.execute(COMMAND));
        }
        return last;
    }
}
