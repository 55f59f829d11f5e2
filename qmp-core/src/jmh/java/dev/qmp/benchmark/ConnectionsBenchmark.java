package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

/** One blocking command to each of many machines in turn. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ConnectionsBenchmark {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    @Param({"1", "100", "10000"})
    private int connections;

    private ServerProcess server;
    private List<QmpClient> clients;
    private int turn;

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forMany();
        clients = Crowd.connect(server, connections);
    }

    @TearDown
    public void stop() throws IOException {
        CompletableFuture.allOf(clients.stream().map(QmpClient::disconnect).toArray(CompletableFuture[]::new))
                .join();
        server.close();
        clients = new ArrayList<>();
    }

    @Benchmark
    public Object inTurn() {
        turn = (turn + 1) % connections;
        return clients.get(turn).blocking().execute(COMMAND);
    }
}
