package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One blocking command to each of many machines in turn. All connections are there from the beginning, and one, a
 * hundred or all of them are used. The wire has a JVM of its own: a process may not have twice as many sockets.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ConnectionsBenchmark {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    @Param("10000")
    private int connections;

    @Param({"client", "wire"})
    private String who;

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final ByteBuffer line = Wire.command("query-status");
    private final List<Wire> wires = new ArrayList<>();
    private List<QmpClient> clients = List.of();
    private ServerProcess server;
    private int used;
    private int turn;

    /** How many are used. */
    public enum Rival {
        ONE,
        HUNDRED,
        ALL
    }

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forMany();
        if (who.equals("client")) {
            clients = Crowd.connect(server, connections);
        } else {
            for (int number = 0; number < connections; number++) {
                wires.add(new Wire(server.socket()));
            }
        }
    }

    @TearDown
    public void stop() throws IOException {
        CompletableFuture.allOf(clients.stream().map(QmpClient::disconnect).toArray(CompletableFuture[]::new))
                .join();
        for (Wire wire : wires) {
            wire.close();
        }
        wires.clear();
        server.close();
    }

    @Setup(Level.Iteration)
    public void next() {
        turns.next();
        used = switch (turns.now()) {
            case ONE -> 1;
            case HUNDRED -> Math.min(100, connections);
            case ALL -> connections;
        };
    }

    @Benchmark
    public Object command() throws IOException {
        turn = turn + 1 < used ? turn + 1 : 0;
        return wires.isEmpty()
                ? clients.get(turn).blocking().execute(COMMAND)
                : wires.get(turn).roundTrip(line);
    }
}
