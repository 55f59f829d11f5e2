package dev.qmp.autoconfigure.fleet;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.RingbufferConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.endpoint.QmpEndpointAutoConfiguration;
import dev.qmp.autoconfigure.health.QmpHealthContributorAutoConfiguration;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpFleetEvent;
import dev.qmp.spring.QmpFleetEventsLostEvent;
import dev.qmp.spring.QmpOwnerChangedEvent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.Environment;

/** One instance of an application with a fleet, in this process, with a Hazelcast member of its own. */
final class FleetNode implements AutoCloseable {

    private final ConfigurableApplicationContext context;

    private FleetNode(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /**
     * {@return a node that joins the cluster of this name, on 127.0.0.1 alone}
     *
     * @param ports its own port, then those of the nodes to join: without them, it need not wait for any
     */
    static FleetNode start(
            String cluster, List<Integer> ports, Map<String, String> machines, Map<String, Object> properties) {
        return start(cluster, ports, machines, properties, null);
    }

    /** {@return a node as above, whose fleet does not start before a gate is open} */
    static FleetNode start(
            String cluster,
            List<Integer> ports,
            Map<String, String> machines,
            Map<String, Object> properties,
            Gate gate) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("qmp.fleet.enabled", true);
        all.put("spring.main.banner-mode", "off");
        all.put("qmp.fleet.settle-time", "50ms");
        all.put("spring.jmx.enabled", true);
        all.put("management.endpoints.jmx.exposure.include", "qmp");
        all.put("test.cluster", cluster);
        all.put("test.ports", ports.stream().map(String::valueOf).collect(Collectors.joining(",")));
        machines.forEach((name, address) -> all.put("qmp.connection." + name + ".address", address));
        all.putAll(properties);
        SpringApplicationBuilder application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(all);
        if (gate != null) {
            application.initializers(context ->
                    ((GenericApplicationContext) context).registerBean("gate", SmartLifecycle.class, () -> gate));
        }
        return new FleetNode(application.run());
    }

    /** {@return a configuration that finds members on 127.0.0.1 and tells no one outside} */
    static Config config(String cluster, List<Integer> ports) {
        Config config = new Config();
        // as the guide recommends
        config.getSerializationConfig().setJavaSerializationFilterConfig(new JavaSerializationFilterConfig());
        config.setClusterName(cluster);
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.partition.count", "31");
        config.setProperty("hazelcast.merge.first.run.delay.seconds", "2");
        config.setProperty("hazelcast.merge.next.run.delay.seconds", "2");
        config.getJetConfig().setEnabled(false);
        config.getNetworkConfig()
                .setPort(ports.get(0))
                .setPortAutoIncrement(true)
                .setPublicAddress(null);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true);
        for (int port : ports) {
            config.getNetworkConfig().getJoin().getTcpIpConfig().addMember("127.0.0.1:" + port);
        }
        return config;
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    QmpFleet fleet() {
        return bean(QmpFleet.class);
    }

    String id() {
        return fleet().instance();
    }

    /** {@return the port of its member} */
    int port() {
        return hazelcast().getCluster().getLocalMember().getAddress().getPort();
    }

    HazelcastInstance hazelcast() {
        return bean(HazelcastInstance.class);
    }

    QmpClient client(String name) {
        return bean(QmpClients.class).get(name);
    }

    /** {@return the connections that this instance has a session of} */
    Set<String> running() {
        Set<String> running = new TreeSet<>();
        bean(QmpClients.class).asMap().forEach((name, client) -> {
            if (client.runstate() == Runstate.RUNNING) {
                running.add(name);
            }
        });
        return running;
    }

    List<ApplicationEvent> events() {
        return bean(Recorder.class).events;
    }

    <T extends ApplicationEvent> List<T> events(Class<T> type) {
        return events().stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Loses the instance without any good-bye: its member ends, and its sessions with it. */
    void crash() {
        hazelcast().getLifecycleService().terminate();
    }

    /** Ends the instance at once, when nothing is checked any more. */
    void end() {
        if (context.isActive()) {
            crash();
            close();
        }
    }

    @Override
    public void close() {
        context.close();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        QmpAutoConfiguration.class,
        QmpFleetAutoConfiguration.class,
        QmpEndpointAutoConfiguration.class,
        QmpHealthContributorAutoConfiguration.class
    })
    static class Application {

        @Bean(destroyMethod = "shutdown")
        HazelcastInstance hazelcastInstance(Environment environment) {
            String cluster = environment.getRequiredProperty("test.cluster");
            List<Integer> ports = Stream.of(
                            environment.getRequiredProperty("test.ports").split(","))
                    .map(Integer::valueOf)
                    .toList();
            Config config = config(cluster, ports);
            Integer ring = environment.getProperty("test.ring", Integer.class);
            if (ring != null) {
                config.addRingBufferConfig(new RingbufferConfig("qmp.fleet.events").setCapacity(ring));
            }
            config.setLiteMember(environment.getProperty("test.lite", Boolean.class, false));
            return Hazelcast.newHazelcastInstance(config);
        }

        @Bean
        Recorder recorder() {
            return new Recorder();
        }
    }

    /** Holds up a start between the member of Hazelcast, which exists already, and the fleet. */
    static final class Gate implements SmartLifecycle {

        private final CountDownLatch arrived = new CountDownLatch(1);
        private final CountDownLatch open;
        private volatile boolean running;

        /**
         * Creates the gate.
         *
         * @param open opens it
         */
        Gate(CountDownLatch open) {
            this.open = open;
        }

        boolean awaitArrival(Duration limit) throws InterruptedException {
            return arrived.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public int getPhase() {
            return 0; // the fleet's is 1
        }

        @Override
        public void start() {
            running = true;
            arrived.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void stop() {
            running = false;
        }

        @Override
        public boolean isRunning() {
            return running;
        }
    }

    static class Recorder {

        private final List<ApplicationEvent> events = new CopyOnWriteArrayList<>();

        @EventListener({
            QmpOwnerChangedEvent.class,
            QmpEventReceivedEvent.class,
            QmpFleetEvent.class,
            QmpFleetEventsLostEvent.class
        })
        void on(ApplicationEvent event) {
            events.add(event);
        }
    }
}
