package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.benchmark.LibraryProcess.Task;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.Qemu;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/** The client beside another library at the same task, each with its default options, and beside the wire. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RivalBenchmark {

    private static final int OPERATIONS = 4096;
    private static final int EVENTS = 1024;
    private static final int IN_FLIGHT = 8;
    private static final QmpCommand COMMAND = QmpCommand.of("query-status");
    private static final QmpCommand REQUEST = QmpCommand.of("events-" + EVENTS);

    @Param
    private Match match;

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final ByteBuffer line = Wire.command("query-status");
    private @Nullable ServerProcess server;
    private @Nullable Qemu qemu;
    private Path directory;
    private Wire wire;
    private QmpClient client;
    private LibraryProcess library;
    private volatile CountDownLatch heard = new CountDownLatch(0);

    /** The rivals, which take turns. */
    public enum Rival {
        /** One command after another. */
        WIRE,
        CLIENT,
        LIBRARY
    }

    /** A library and a task that its API offers. */
    public enum Match {
        WIRE_PROCESS(Library.WIRE_PROCESS, Task.COMMANDS, false),
        QEMU_QMP(Library.QEMU_QMP, Task.COMMANDS, false),
        QEMU_QMP_IN_FLIGHT(Library.QEMU_QMP, Task.IN_FLIGHT, false),
        QEMU_QMP_EVENTS(Library.QEMU_QMP, Task.EVENTS, false),
        QEMU_QMP_ON_QEMU(Library.QEMU_QMP, Task.COMMANDS, true),
        GO_QEMU(Library.GO_QEMU, Task.COMMANDS, false),
        GO_QEMU_EVENTS(Library.GO_QEMU, Task.EVENTS, false),
        GO_QEMU_ON_QEMU(Library.GO_QEMU, Task.COMMANDS, true),
        QEMU_JAVA(Library.QEMU_JAVA, Task.COMMANDS, false),
        QEMU_JAVA_ON_QEMU(Library.QEMU_JAVA, Task.COMMANDS, true);

        private final Library library;
        private final Task task;
        private final boolean onQemu;

        Match(Library library, Task task, boolean onQemu) {
            this.library = library;
            this.task = task;
            this.onQemu = onQemu;
        }

        Library library() {
            return library;
        }

        String label() {
            return library + ", " + task + (onQemu ? ", real QEMU" : "");
        }
    }

    @Setup
    public void start() throws IOException {
        directory = Files.createTempDirectory("qmp");
        if (match.onQemu) {
            Path third = directory.resolve("third.qmp");
            qemu = Qemu.start("-qmp", "unix:" + third + ",server=on,wait=off");
            wire = new Wire(qemu.folder().resolve("oracle.qmp"));
            client = QmpClient.builder(qemu.endpoint()).build();
            library = new LibraryProcess(match.library, third);
        } else {
            server = ServerProcess.forFew();
            wire = new Wire(server.socket());
            client = server.client().build();
            library = new LibraryProcess(match.library, server.socket());
        }
        client.events().subscribe(EventFilter.all(), event -> heard.countDown());
        client.blocking().connect();
    }

    @TearDown
    public void stop() throws IOException {
        long lost = client.status().eventsLost();
        library.close();
        client.close();
        wire.close();
        if (qemu != null) {
            qemu.close();
        }
        if (server != null) {
            server.close();
        }
        Files.deleteIfExists(directory.resolve("third.qmp"));
        Files.delete(directory);
        if (lost > 0) {
            throw new IllegalStateException(lost + " events were lost");
        }
    }

    @Setup(Level.Iteration)
    public void next() {
        turns.next();
    }

    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public Object operation() throws Exception {
        return switch (turns.now()) {
            case WIRE -> wire.roundTrips(line, OPERATIONS);
            case CLIENT -> client();
            case LIBRARY -> library.run(match.task, OPERATIONS);
        };
    }

    private Object client() throws InterruptedException {
        return switch (match.task) {
            case COMMANDS -> commands();
            case IN_FLIGHT -> inFlight();
            case EVENTS -> events();
        };
    }

    private Object commands() {
        Object last = COMMAND;
        for (int count = 0; count < OPERATIONS; count++) {
            last = client.blocking().execute(COMMAND);
        }
        return last;
    }

    private Object inFlight() {
        CompletableFuture<?>[] chains = new CompletableFuture<?>[IN_FLIGHT];
        for (int chain = 0; chain < IN_FLIGHT; chain++) {
            chains[chain] = Chains.chain(client, COMMAND, OPERATIONS / IN_FLIGHT);
        }
        return CompletableFuture.allOf(chains).join();
    }

    private Object events() throws InterruptedException {
        Object last = REQUEST;
        for (int count = 0; count < OPERATIONS; count += EVENTS) {
            heard = new CountDownLatch(EVENTS);
            last = client.blocking().execute(REQUEST);
            heard.await();
        }
        return last;
    }
}
