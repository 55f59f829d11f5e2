package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.Qemu;
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

/** A blocking command on a real QEMU, beside the bare wire on another monitor of the same machine. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class QemuBenchmark {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final ByteBuffer line = Wire.command("query-status");
    private Qemu qemu;
    private Wire wire;
    private QmpClient client;

    /** Who does it. */
    public enum Rival {
        WIRE,
        BLOCKING
    }

    @Setup
    public void start() throws IOException {
        qemu = Qemu.start();
        wire = new Wire(qemu.folder().resolve("oracle.qmp"));
        client = QmpClient.builder(qemu.endpoint()).build();
        client.blocking().connect();
    }

    @TearDown
    public void stop() throws IOException {
        client.close();
        wire.close();
        qemu.close();
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
