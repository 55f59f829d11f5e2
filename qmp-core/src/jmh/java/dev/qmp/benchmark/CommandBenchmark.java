package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
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

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final ByteBuffer line = Wire.command("query-status");
    private final ByteBuffer lines = Wire.commands("query-status", 64);
    private ServerProcess server;
    private Wire wire;
    private BareLoop loop;
    private QmpClient client;
    private QmpClient direct;
    private QmpClient wide;

    /** The rivals, which take turns. */
    public enum Rival {
        WIRE,
        BLOCKING,
        /** A blocking call of the smallest client with an event loop. */
        BARE_LOOP,
        /** The same. The caller writes the line, and the loop reads the reply. */
        BARE_LOOP_CALLER_WRITES,
        /** Futures complete on the event loop, by the application's choice. */
        CHAINED,
        /** Futures complete on the callback executor, as they do by default. */
        CHAINED_ON_EXECUTOR,
        IN_FLIGHT_8,
        /** The same with futures that complete on the callback executor. */
        IN_FLIGHT_8_ON_EXECUTOR,
        IN_FLIGHT_64,
        /** 64 prepared lines at a write, whose answers are not read as JSON: what the server can do. */
        SERVER_ALONE
    }

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forFew();
        wire = new Wire(server.socket());
        loop = new BareLoop(server.socket(), Wire.command("query-status"));
        client = server.client().build();
        direct = server.client().callbackExecutor(Runnable::run).build();
        wide = server.client().callbackExecutor(Runnable::run).maxInFlight(64).build();
        CompletableFuture.allOf(client.connect(), direct.connect(), wide.connect())
                .join();
    }

    @TearDown
    public void stop() throws IOException {
        CompletableFuture.allOf(client.disconnect(), direct.disconnect(), wide.disconnect())
                .join();
        wire.close();
        loop.close();
        server.close();
    }

    @Setup(Level.Iteration)
    public void next() {
        turns.next();
    }

    @Benchmark
    @OperationsPerInvocation(COMMANDS)
    public Object command() throws IOException {
        return switch (turns.now()) {
            case WIRE -> wire.roundTrips(line, COMMANDS);
            case BLOCKING -> blocking();
            case BARE_LOOP -> bareLoop(false);
            case BARE_LOOP_CALLER_WRITES -> bareLoop(true);
            case CHAINED -> Chains.chain(direct, COMMAND, COMMANDS).join();
            case CHAINED_ON_EXECUTOR -> Chains.chain(client, COMMAND, COMMANDS).join();
            case IN_FLIGHT_8 -> inFlight(direct, 8);
            case IN_FLIGHT_8_ON_EXECUTOR -> inFlight(client, 8);
            case IN_FLIGHT_64 -> inFlight(wide, 64);
            case SERVER_ALONE -> serverAlone();
        };
    }

    private Object blocking() {
        Object last = null;
        for (int count = 0; count < COMMANDS; count++) {
            last = client.blocking().execute(COMMAND);
        }
        return last;
    }

    private int bareLoop(boolean callerWrites) throws IOException {
        int length = 0;
        for (int count = 0; count < COMMANDS; count++) {
            length += callerWrites ? loop.roundTripOfWriter() : loop.roundTrip();
        }
        return length;
    }

    private int serverAlone() throws IOException {
        int answers = 0;
        while (answers < COMMANDS) {
            answers += wire.exchange(lines, 64);
        }
        return answers;
    }

    private static Object inFlight(QmpClient client, int commands) {
        CompletableFuture<?>[] chains = new CompletableFuture<?>[commands];
        for (int chain = 0; chain < commands; chain++) {
            chains[chain] = Chains.chain(client, COMMAND, COMMANDS / commands);
        }
        return CompletableFuture.allOf(chains).join();
    }
}
