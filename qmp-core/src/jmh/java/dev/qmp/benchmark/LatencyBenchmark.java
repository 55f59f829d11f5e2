package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** How far the slowest of a hundred blocking calls is from the usual one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LatencyBenchmark {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final ByteBuffer line = Wire.command("query-status");
    private ServerProcess server;
    private Wire wire;
    private QmpClient client;

    /** The rivals, which take turns. */
    public enum Rival {
        WIRE,
        BLOCKING
    }

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forFew();
        wire = new Wire(server.socket());
        client = server.client().build();
        client.blocking().connect();
    }

    @TearDown
    public void stop() throws IOException {
        client.close();
        wire.close();
        server.close();
    }

    @Setup(Level.Iteration)
    public void next() {
        turns.next();
    }

    @Benchmark
    public Object command() throws IOException {
        return switch (turns.now()) {
            case WIRE -> wire.roundTrip(line);
            case BLOCKING -> client.blocking().execute(COMMAND);
        };
    }
}
