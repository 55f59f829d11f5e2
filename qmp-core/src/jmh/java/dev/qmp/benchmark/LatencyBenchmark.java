package dev.qmp.benchmark;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** How far the slowest of a hundred blocking calls is from the usual one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LatencyBenchmark {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    private ServerProcess server;
    private QmpClient client;

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forFew();
        client = server.client().build();
        client.blocking().connect();
    }

    @TearDown
    public void stop() throws IOException {
        client.close();
        server.close();
    }

    @Benchmark
    public Object blocking() {
        return client.blocking().execute(COMMAND);
    }
}
