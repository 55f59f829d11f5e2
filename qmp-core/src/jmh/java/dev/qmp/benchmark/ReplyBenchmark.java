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

    /** Who does it. */
    public enum Rival {
        READ_TREE,
        REPLY,
        /** The server writes no more than an Ethernet segment at a time. */
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
    public Object reply() throws IOException {
        return switch (turns.now()) {
            case READ_TREE -> mapper.readTree(inMemory);
            case REPLY -> client.blocking().execute(command);
            case IN_PIECES -> client.blocking().execute(inPieces);
            case SERVER_ALONE -> wire.roundTrip(request);
            case SERVER_ALONE_IN_PIECES -> wire.roundTrip(requestInPieces);
        };
    }
}
