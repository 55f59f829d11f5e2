package dev.qmp.autoconfigure.fleet;

import com.hazelcast.config.Config;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpRunstateChangedEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;

/**
 * One instance of a fleet in a process of its own, which executes commands on random machines all the time. What
 * happens is in its journal, line by line, which survives a kill.
 */
public final class FleetProcess {

    private static final AtomicLong NUMBER = new AtomicLong();
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    private FleetProcess() {}

    /** Starts the instance. */
    public static void main(String[] arguments) {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run(arguments);
        Environment environment = context.getEnvironment();
        Journal journal = context.getBean(Journal.class);
        QmpFleet fleet = context.getBean(QmpFleet.class);
        journal.write("S " + fleet.instance() + " " + System.currentTimeMillis());
        String name = environment.getRequiredProperty("test.instance");
        Path measure = Path.of(environment.getRequiredProperty("test.journal") + ".measure");
        Thread measuring = new Thread(
                () -> {
                    while (!Files.exists(measure)) {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
                    }
                    measure(fleet, journal);
                },
                "measure");
        measuring.setDaemon(true);
        measuring.start();
        if (environment.getProperty("test.traffic", Boolean.class, false)) {
            HazelcastInstance hazelcast = context.getBean(HazelcastInstance.class);
            Thread traffic = new Thread(() -> follow(hazelcast, journal), "traffic");
            traffic.setDaemon(true);
            traffic.start();
        }
        for (int i = environment.getProperty("test.load", Integer.class, 0); i > 0; i--) {
            Thread load = new Thread(() -> execute(fleet, name, journal), "load-" + i);
            load.setDaemon(true);
            load.start();
        }
    }

    /** Writes each second how much the member has received. */
    private static void follow(HazelcastInstance hazelcast, Journal journal) {
        while (hazelcast.getLifecycleService().isRunning()) {
            journal.write("N " + System.currentTimeMillis() + " " + ClusterTraffic.of(hazelcast));
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
        }
    }

    /** Measures commands one by one, on machines that are held here, and on others. */
    private static void measure(QmpFleet fleet, Journal journal) {
        List<String> machines = new ArrayList<>(fleet.machines().keySet());
        for (int round = 0; round < 2; round++) { // the first one warms up
            for (boolean local : new boolean[] {true, false}) {
                List<String> some = machines.stream()
                        .filter(machine -> fleet.isHeldHere(machine) == local)
                        .limit(200)
                        .toList();
                long[] times = new long[2000];
                for (int i = 0; i < times.length; i++) {
                    long begin = System.nanoTime();
                    fleet.blocking().execute(some.get(i % some.size()), QmpCommand.of("query-name"));
                    times[i] = System.nanoTime() - begin;
                }
                Arrays.sort(times);
                journal.write("M " + (local ? "local" : "remote") + " median-us " + times[1000] / 1000 + " p99-us "
                        + times[1980] / 1000);
            }
        }
    }

    private static void execute(QmpFleet fleet, String name, Journal journal) {
        while (true) {
            List<String> machines = new ArrayList<>(fleet.machines().keySet());
            if (!machines.isEmpty()) {
                String machine = machines.get(ThreadLocalRandom.current().nextInt(machines.size()));
                String uid = name + "-" + NUMBER.incrementAndGet();
                journal.write("C " + uid + " " + machine + " " + outcome(fleet, machine, uid) + " "
                        + System.currentTimeMillis());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static String outcome(QmpFleet fleet, String machine, String uid) {
        QmpCommand command = QmpCommand.of("ringbuf-write", Map.of("device", "rb", "data", uid))
                .withTimeout(Duration.ofSeconds(10));
        try {
            fleet.blocking().execute(machine, command);
            return "done";
        } catch (NotSentException e) {
            return "not-sent";
        } catch (OutcomeUnknownException e) {
            return "unknown";
        } catch (RejectedException e) {
            return "rejected";
        }
    }

    /** A file to which lines are appended, each by one call of the system, so that a kill loses none. */
    static final class Journal {

        private final OutputStream file;

        Journal(Path file) throws IOException {
            this.file = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }

        synchronized void write(String line) {
            try {
                file.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @EventListener
        void on(QmpRunstateChangedEvent event) {
            if (event.getCurrent() == Runstate.RUNNING || event.getCurrent() == Runstate.IDLE) {
                write("R " + System.currentTimeMillis() + " " + event.getConnectionName() + " " + event.getCurrent());
            }
        }
    }

    /** The application. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({QmpAutoConfiguration.class, QmpFleetAutoConfiguration.class})
    static class Application {

        @Bean(destroyMethod = "shutdown")
        HazelcastInstance hazelcastInstance(Environment environment) {
            String address = environment.getRequiredProperty("test.address");
            Config config = FleetNode.config(
                    environment.getRequiredProperty("test.cluster"),
                    List.of(environment.getRequiredProperty("test.port", Integer.class)));
            config.getNetworkConfig()
                    .getInterfaces()
                    .clear()
                    .addInterface(address)
                    .setEnabled(true);
            TcpIpConfig members = config.getNetworkConfig().getJoin().getTcpIpConfig();
            members.setMembers(
                    List.of(environment.getRequiredProperty("test.members").split(",")));
            config.setProperty("hazelcast.max.no.heartbeat.seconds", "6");
            config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
            return Hazelcast.newHazelcastInstance(config);
        }

        @Bean
        Journal journal(Environment environment) throws IOException {
            return new Journal(Path.of(environment.getRequiredProperty("test.journal")));
        }
    }
}
