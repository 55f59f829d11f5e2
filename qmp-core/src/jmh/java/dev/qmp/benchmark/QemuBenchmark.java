package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.Qemu;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
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

    private final ByteBuffer line = Wire.command("query-status");
    private Qemu qemu;
    private Wire wire;
    private QmpClient client;

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

    @Benchmark
    public int wire() throws IOException {
        return wire.roundTrip(line);
    }

    @Benchmark
    public Object blocking() {
        return client.blocking().execute(COMMAND);
    }
}
