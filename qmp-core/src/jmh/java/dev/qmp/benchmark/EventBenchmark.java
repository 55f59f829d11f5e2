package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
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

/** Events as fast as they come, no more than the listener's queue can hold, to one listener that must not lose any. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class EventBenchmark {

    private static final int EVENTS = 1024;
    private static final QmpCommand COMMAND = QmpCommand.of("events-" + EVENTS);

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final ByteBuffer line = Wire.command("query-status");
    private final ByteBuffer request = Wire.command("events-" + EVENTS);
    private ServerProcess server;
    private Wire wire;
    private QmpClient client;
    private QmpClient direct;
    private volatile CountDownLatch heard = new CountDownLatch(0);

    /** The rivals, which take turns. */
    public enum Rival {
        /** One command after another. */
        WIRE,
        /** The listener is called on the callback executor, as it is by default. */
        LISTENER,
        /** It is called on the event loop, by the application's choice. */
        LISTENER_ON_LOOP,
        /** The events are not read as JSON: what the server can do. */
        SERVER_ALONE
    }

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forFew();
        wire = new Wire(server.socket());
        client = server.client().build();
        direct = server.client().callbackExecutor(Runnable::run).build();
        for (QmpClient each : new QmpClient[] {client, direct}) {
            each.events().subscribe(EventFilter.all(), event -> heard.countDown());
            each.blocking().connect();
        }
    }

    @TearDown
    public void stop() throws IOException {
        long lost = client.status().eventsLost() + direct.status().eventsLost();
        client.close();
        direct.close();
        wire.close();
        server.close();
        if (lost > 0) {
            throw new IllegalStateException(lost + " events were lost");
        }
    }

    @Setup(Level.Iteration)
    public void next() {
        turns.next();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public Object event() throws Exception {
        return switch (turns.now()) {
            case WIRE -> wire.roundTrips(line, EVENTS);
            case LISTENER -> hear(client);
            case LISTENER_ON_LOOP -> hear(direct);
            case SERVER_ALONE -> wire.exchange(request, EVENTS + 1);
        };
    }

    private Object hear(QmpClient from) throws InterruptedException {
        heard = new CountDownLatch(EVENTS);
        Object reply = from.blocking().execute(COMMAND);
        heard.await();
        return reply;
    }
}
