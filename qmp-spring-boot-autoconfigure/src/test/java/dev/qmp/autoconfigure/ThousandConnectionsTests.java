package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.health.QmpHealthContributorAutoConfiguration;
import dev.qmp.autoconfigure.metrics.QmpMetricsAutoConfiguration;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.commons.logging.LogFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A thousand connections in the configuration, of which ten have a machine. */
class ThousandConnectionsTests {

    private static final int CONFIGURED = 1000;
    private static final int LIVE = 10;
    /**
     * The aim is half a second. A quiet machine takes a third of that, once the classes are compiled; this bound leaves
     * room for a busy one: it is here to notice work that is done twice for each connection, or for each pair.
     */
    private static final Duration ALLOWED = Duration.ofSeconds(2);

    @TempDir
    private Path folder;

    @Test
    void tenAreReportedUpTheOthersDownOnFewThreads() throws IOException {
        Path thousand = configuration(CONFIGURED);
        List<QmpServer> servers = new ArrayList<>();
        for (int i = 0; i < LIVE; i++) {
            servers.add(QmpServer.builder(Endpoint.unix(socket(i))).start());
        }
        long startedBefore = threadsStarted();
        long before = qmpThreads();
        try (ConfigurableApplicationContext application = start(thousand)) {
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> health(application)
                    .equals(Map.of(Status.UP, (long) LIVE, Status.DOWN, (long) (CONFIGURED - LIVE))));
            assertThat(qmpThreads() - before).isLessThan(100);
            assertThat(threadsStarted() - startedBefore).isLessThan(200);
        } finally {
            servers.forEach(QmpServer::close);
        }
    }

    /** The first 32 at once, then one each millisecond. A busy machine makes attempts later, never earlier. */
    @Test
    void firstAttemptsAreSpread() throws IOException {
        int count = 232;
        Map<String, Instant> attempts = new ConcurrentHashMap<>();
        try (ConfigurableApplicationContext application = start(configuration(count))) {
            QmpClientLifecycle lifecycle = application.getBean(QmpClientLifecycle.class);
            lifecycle.stop();
            QmpClients clients = application.getBean(QmpClients.class);
            clients.names().forEach(name -> clients.get(name).addRunstateListener(change -> {
                if (change.current() == Runstate.CONNECTING) {
                    attempts.putIfAbsent(name, change.at());
                }
            }));
            Instant begin = Instant.now();
            lifecycle.start();
            Awaitility.await().until(() -> attempts.size() == count);
            for (int i = 32; i < count; i++) {
                Duration clocksDiffer = Duration.ofMillis(5);
                assertThat(attempts.get("vm" + i))
                        .isAfterOrEqualTo(begin.plusMillis(i - 32).minus(clocksDiffer));
            }
        }
    }

    /** As it happens with a folder of sockets. */
    @Test
    void connectionsThatAreAddedAreSpreadToo() throws IOException {
        int count = 232;
        try (ConfigurableApplicationContext application = start(configuration(0))) {
            QmpClients clients = application.getBean(QmpClients.class);
            Map<String, Instant> attempts = new ConcurrentHashMap<>();
            clients.addListener(new QmpClientsListener() {
                @Override
                public void clientAdded(String name, QmpClient client) {
                    client.addRunstateListener(change -> attempts.putIfAbsent(name, change.at()));
                }

                @Override
                public void clientRemoved(String name, QmpClient client) {}
            });
            Instant begin = Instant.now();
            for (int i = 0; i < count; i++) {
                clients.add("vm" + i, "unix:" + socket(i));
            }
            Awaitility.await().until(() -> attempts.size() == count);
            Duration clocksDiffer = Duration.ofMillis(5);
            assertThat(attempts.get("vm" + (count - 1)))
                    .isAfterOrEqualTo(begin.plusMillis(count - 33).minus(clocksDiffer));
        }
    }

    @Test
    void theStartGrowsByABoundedAmountOfWork() throws IOException {
        Path none = configuration(0);
        Path thousand = configuration(CONFIGURED);
        Duration empty = fastestStart(none);
        Duration full = fastestStart(thousand);
        LogFactory.getLog(getClass())
                .info("Start with 1000 connections: " + full.toMillis() + " ms of the processor, with none: "
                        + empty.toMillis() + " ms");
        assertThat(full.minus(empty)).isLessThan(ALLOWED);
    }

    /**
     * In the processor's time, since other work is done on the machine; the first starts also load and compile classes.
     */
    private static Duration fastestStart(Path configuration) {
        Duration fastest = Duration.ofDays(1);
        for (int i = 0; i < 8; i++) {
            long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            ConfigurableApplicationContext application = start(configuration);
            long end = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            application.close();
            Duration taken = Duration.ofNanos(end - begin);
            fastest = taken.compareTo(fastest) < 0 ? taken : fastest;
        }
        return fastest;
    }

    private static ConfigurableApplicationContext start(Path configuration) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.location=file:" + configuration, "logging.level.dev.qmp.client=error")
                .run();
    }

    private Path configuration(int connections) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            lines.add("qmp.connection.vm" + i + ".address=unix:" + socket(i));
        }
        return Files.write(folder.resolve(connections + ".properties"), lines);
    }

    private Path socket(int number) {
        return folder.resolve("vm" + number + ".qmp");
    }

    private static Map<Status, Long> health(ApplicationContext context) {
        return context.getBean(CompositeHealthContributor.class).stream()
                .map(entry -> ((HealthIndicator) entry.contributor()).health().getStatus())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    private static long threadsStarted() {
        return ManagementFactory.getThreadMXBean().getTotalStartedThreadCount();
    }

    private static long qmpThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("qmp-"))
                .filter(thread -> !thread.getName().startsWith("qmp-server.")) // the machines
                .count();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        QmpAutoConfiguration.class,
        QmpHealthContributorAutoConfiguration.class,
        QmpMetricsAutoConfiguration.class
    })
    static class Application {

        @Bean
        SimpleMeterRegistry meters() {
            return new SimpleMeterRegistry();
        }
    }
}
