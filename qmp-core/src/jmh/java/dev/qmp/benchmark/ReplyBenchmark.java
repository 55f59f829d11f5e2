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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import tools.jackson.databind.json.JsonMapper;

/** Long replies over the socket, one after another, beside Jackson's reading of the same bytes from memory. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReplyBenchmark {

    private static final int REPLIES = 4;

    @Param({"262144", "1048576", "8388608"})
    private int size;

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final JsonMapper mapper = JsonMapper.builder().build();
    private byte[] inMemory;
    private QmpCommand command;
    private QmpCommand inPieces;
    private ByteBuffer request;
    private ByteBuffer requestInPieces;
    private ServerProcess server;
    private Wire wire;
    private QmpClient client;
    private QmpClient direct;

    /** The rivals, which take turns. */
    public enum Rival {
        READ_TREE,
        /** Futures complete on the event loop, by the application's choice. */
        REPLY,
        BLOCKING,
        /** As {@link #REPLY}, but the server writes no more than an Ethernet segment at a time. */
        IN_PIECES,
        /** The reply is not read as JSON: what the server can do. */
        SERVER_ALONE,
        SERVER_ALONE_IN_PIECES
    }

    @Setup
    public void start() throws IOException {
        inMemory = BigResult.ofSize(size);
        command = QmpCommand.of("reply-" + size);
        inPieces = QmpCommand.of("pieces-" + size);
        request = Wire.command("reply-" + size);
        requestInPieces = Wire.command("pieces-" + size);
        server = ServerProcess.forFew();
        wire = new Wire(server.socket());
        client = server.client().build();
        direct = server.client().callbackExecutor(Runnable::run).build();
        CompletableFuture.allOf(client.connect(), direct.connect()).join();
    }

    @TearDown
    public void stop() throws IOException {
        client.close();
        direct.close();
        wire.close();
        server.close();
    }

    @Setup(Level.Iteration)
    public void next() {
        turns.next();
    }

    @Benchmark
    @OperationsPerInvocation(REPLIES)
    public Object replies() throws IOException {
        return switch (turns.now()) {
            case READ_TREE -> readTrees();
            case REPLY -> Chains.chain(direct, command, REPLIES).join();
            case BLOCKING -> blocking();
            case IN_PIECES -> Chains.chain(direct, inPieces, REPLIES).join();
            case SERVER_ALONE -> wire.roundTrips(request, REPLIES);
            case SERVER_ALONE_IN_PIECES -> wire.roundTrips(requestInPieces, REPLIES);
        };
    }

    private Object readTrees() {
        Object last = null;
        for (int count = 0; count < REPLIES; count++) {
            last = mapper.readTree(inMemory);
        }
        return last;
    }

    private Object blocking() {
        Object last = null;
        for (int count = 0; count < REPLIES; count++) {
            last = client.blocking().execute(command);
        }
        return last;
    }
}
