package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Events as fast as they come, to one listener that must not lose any. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class EventBenchmark {

    private static final int EVENTS = 10_000;
    private static final QmpCommand COMMAND = QmpCommand.of("events-" + EVENTS);

    private ServerProcess server;
    private QmpClient client;
    private volatile CountDownLatch heard = new CountDownLatch(0);

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forFew();
        client = server.client().build();
        client.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS.withCapacity(EVENTS),
                        Runnable::run,
                        signal -> heard.countDown());
        client.blocking().connect();
    }

    @TearDown
    public void stop() throws IOException {
        long lost = client.status().eventsLost();
        client.close();
        server.close();
        if (lost > 0) {
            throw new IllegalStateException(lost + " events were lost");
        }
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public Object events() throws InterruptedException {
        heard = new CountDownLatch(EVENTS);
        Object reply = client.blocking().execute(COMMAND);
        heard.await();
        return reply;
    }
}
