package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.Qemu;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** A blocking command on a real QEMU, beside the bare wire, and a bare loop, on other monitors of the same machine. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class QemuBenchmark {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final ByteBuffer line = Wire.command("query-status");
    private Path directory;
    private Qemu qemu;
    private Wire wire;
    private BareLoop loop;
    private QmpClient client;

    /** The rivals, which take turns. */
    public enum Rival {
        WIRE,
        BLOCKING,
        BARE_LOOP
    }

    @Setup
    public void start() throws IOException {
        directory = Files.createTempDirectory("qmp");
        Path third = directory.resolve("third.qmp");
        qemu = Qemu.start("-qmp", "unix:" + third + ",server=on,wait=off");
        wire = new Wire(qemu.folder().resolve("oracle.qmp"));
        loop = new BareLoop(third, Wire.command("query-status"));
        client = QmpClient.builder(qemu.endpoint()).build();
        client.blocking().connect();
    }

    @TearDown
    public void stop() throws IOException {
        client.close();
        loop.close();
        wire.close();
        qemu.close();
        Files.deleteIfExists(directory.resolve("third.qmp"));
        Files.delete(directory);
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
            case BARE_LOOP -> loop.roundTrip();
        };
    }
}
