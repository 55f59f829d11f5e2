package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import tools.jackson.databind.json.JsonMapper;

/** Long replies over the socket, beside Jackson's reading of the same bytes from memory. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReplyBenchmark {

    @Param({"262144", "1048576", "8388608"})
    private int size;

    private final JsonMapper mapper = JsonMapper.builder().build();
    private byte[] inMemory;
    private QmpCommand command;
    private ServerProcess server;
    private QmpClient client;

    @Setup
    public void start() throws IOException {
        inMemory = BigResult.ofSize(size);
        command = QmpCommand.of("reply-" + size);
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
    public Object readTree() {
        return mapper.readTree(inMemory);
    }

    @Benchmark
    public Object reply() {
        return client.blocking().execute(command);
    }
}
