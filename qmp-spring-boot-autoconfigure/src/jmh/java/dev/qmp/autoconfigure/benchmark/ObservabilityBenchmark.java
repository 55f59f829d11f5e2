package dev.qmp.autoconfigure.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.benchmark.ServerProcess;
import dev.qmp.benchmark.Turns;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventReceivedEvent;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.EventListener;

/**
 * A blocking command before whose reply an event comes: with observations, timers and the bridge to application events,
 * and with a client of its own that has none of them and hears the event by a subscription.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ObservabilityBenchmark {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");
    private static final QmpCommand WITH_EVENT = QmpCommand.of("events-1");

    private final Turns<Rival> turns = new Turns<>(Rival.class);
    private final LongAdder heard = new LongAdder();
    private ServerProcess server;
    private ConfigurableApplicationContext application;
    private QmpClient on;
    private QmpClient off;

    /** The rivals, which take turns. */
    public enum Rival {
        COMMAND_OFF,
        COMMAND_ON,
        EVENT_OFF,
        EVENT_ON
    }

    /** An application with meters, observations and a listener. */
    @EnableAutoConfiguration
    static class Application {

        private final LongAdder heard = new LongAdder();

        @EventListener
        void on(QmpEventReceivedEvent event) {
            heard.increment();
        }
    }

    @Setup
    public void start() throws IOException {
        server = ServerProcess.forFew();
        application = SpringApplication.run(
                Application.class,
                "--qmp.connection.vm1.address=unix:" + server.socket(),
                "--spring.main.web-application-type=none",
                "--spring.main.banner-mode=off",
                "--logging.level.root=error");
        on = application.getBean(QmpClients.class).get("vm1");
        while (on.runstate() != Runstate.RUNNING) {
            Thread.onSpinWait();
        }
        off = server.client().build();
        off.blocking().connect();
        off.events().subscribe(EventFilter.all(), event -> heard.increment());
    }

    @TearDown
    public void stop() throws IOException {
        application.close();
        off.close();
        server.close();
    }

    @Setup(Level.Iteration)
    public void next() {
        turns.next();
    }

    @Benchmark
    public Object command() {
        return switch (turns.now()) {
            case COMMAND_OFF -> off.blocking().execute(COMMAND);
            case COMMAND_ON -> on.blocking().execute(COMMAND);
            case EVENT_OFF -> off.blocking().execute(WITH_EVENT);
            case EVENT_ON -> on.blocking().execute(WITH_EVENT);
        };
    }
}
