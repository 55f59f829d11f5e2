package dev.qmp.spring.test;

import dev.qmp.autoconfigure.ConnectionNames;
import dev.qmp.error.Text;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnection;
import dev.qmp.spring.QmpPeerProtocol;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.util.StringUtils;

/**
 * Starts the servers before any bean is created, and redirects all connections to them. A record, so that tests
 * with the same annotation share a context.
 *
 * @param connections the names that get a server besides those in the configuration; may be empty
 * @param schema the version of QEMU whose schema the servers have; empty for none
 */
record QmpServerContextCustomizer(List<String> connections, String schema) implements ContextCustomizer {

    private static final Log LOGGER = LogFactory.getLog(QmpServerContextCustomizer.class);

    private static final String DEFAULT_CONNECTION = "vm1";

    /** Marks the properties of a context whose only connection is the default. A child may have others instead. */
    private static final String IS_DEFAULT = "dev.qmp.spring.test.default-connection";

    private static final String SOURCE = "QMP test servers";
    private static final String SERVERS = "qmpServers";
    private static final String SUFFIX = "QmpServer";
    private static final String DISCOVERY = "qmp.discovery.directory";
    private static final String FLEET = "qmp.fleet.enabled";

    @Override
    public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
        ConfigurableEnvironment environment = context.getEnvironment();
        DefaultListableBeanFactory beans = (DefaultListableBeanFactory) context.getBeanFactory();
        ApplicationContext parent = parentWithServers(configuration);
        QmpServers servers = parent != null ? serversOf(parent) : registerServers(beans, environment);
        // registered before the application's own details, so that it precedes those of the same order
        beans.registerBeanDefinition(
                "qmpTestConnectionDetails",
                new RootBeanDefinition(TestConnectionDetails.class, () -> new TestConnectionDetails(servers)));
        beans.addBeanPostProcessor(new OwnClientCheck(beans, servers));
        context.addBeanFactoryPostProcessor(
                (BeanDefinitionRegistryPostProcessor) registry -> redirect(registry, environment, parent, servers));
    }

    /**
     * Starts the servers, and sets the properties. Later initializers and {@code @DynamicPropertySource} can add
     * connections, and properties of a higher precedence. So this runs after all of them, and before any condition on
     * a property is evaluated.
     */
    private void redirect(
            BeanDefinitionRegistry registry,
            ConfigurableEnvironment environment,
            @Nullable ApplicationContext parent,
            QmpServers servers) {
        environment.getPropertySources().remove(SOURCE); // that of the parent
        Map<String, Object> properties = new HashMap<>();
        boolean guestAgentByDefault = isGuestAgentByDefault(environment);
        Map<String, Boolean> connections = connections(environment, parent, guestAgentByDefault);
        boolean isDefault = connections.isEmpty();
        if (isDefault) {
            connections.put(DEFAULT_CONNECTION, guestAgentByDefault);
            properties.put(IS_DEFAULT, true);
        }
        connections.forEach((name, guestAgent) -> {
            servers.get(name, guestAgent);
            if (parent == null || !parent.containsBean(name + SUFFIX)) {
                RootBeanDefinition bean = serverBean(name, servers);
                bean.setFallback(isDefault); // behind the server of a child's own connection
                registry.registerBeanDefinition(name + SUFFIX, bean);
            }
            // the server runs, so the client is connected before the application runs anything else
            properties.put(ConnectionNames.keyOf(name) + ".fail-fast", true);
        });
        ignoreRealMachines(environment, properties);
        environment.getPropertySources().addFirst(new MapPropertySource(SOURCE, properties));
    }

    /**
     * {@return the parent in a context hierarchy, null if there is none with servers} A child uses the clients of its
     * parent, so it uses their servers, too. The child itself may not know its parent yet.
     *
     * @throws IllegalStateException if the parent has clients without servers
     */
    private static @Nullable ApplicationContext parentWithServers(MergedContextConfiguration configuration) {
        ApplicationContext parent = configuration.getParentApplicationContext();
        if (parent == null || parent.containsBean(SERVERS)) {
            return parent;
        }
        QmpClients clients = parent.getBeanProvider(QmpClients.class).getIfAvailable();
        List<String> machines = clients == null
                ? List.of()
                : clients.asMap().entrySet().stream()
                        .filter(client ->
                                !OwnClientCheck.isOfServerBean(client.getValue().endpoint(), parent))
                        .map(Map.Entry::getKey)
                        .toList();
        if (!machines.isEmpty()) {
            throw new IllegalStateException(Text.printableSentence("the parent context has the QMP connections "
                    + machines + ", which are real machines; annotate the class that declares it with"
                    + " @AutoConfigureQmpServer, too"));
        }
        return null;
    }

    /** @throws IllegalStateException if the servers do not have the schema that the child requests */
    private QmpServers serversOf(ApplicationContext parent) {
        QmpServers servers = parent.getBean(SERVERS, QmpServers.class);
        if (!schema.isEmpty() && !schema.equals(servers.schema())) {
            throw new IllegalStateException(Text.printableSentence("@AutoConfigureQmpServer has the schema '" + schema
                    + "', but its context uses the servers of its parent context, whose schema is '" + servers.schema()
                    + "'; set the schema in the annotation of the class that declares the parent"));
        }
        return servers;
    }

    private QmpServers registerServers(DefaultListableBeanFactory beans, ConfigurableEnvironment environment) {
        QmpServers servers = new QmpServers(schema, () -> isGuestAgentByDefault(environment));
        beans.registerSingleton(SERVERS, servers);
        beans.registerDisposableBean(SERVERS, servers::close);
        return servers;
    }

    /**
     * The qualifier lets {@code @QmpConnection("vm1")} select the server, as it selects the client.
     */
    private static RootBeanDefinition serverBean(String name, QmpServers servers) {
        RootBeanDefinition bean = new RootBeanDefinition(QmpServer.class, () -> servers.get(name));
        bean.addQualifier(new AutowireCandidateQualifier(QmpConnection.class, name));
        bean.setDestroyMethodName(""); // all servers end together, after the clients
        return bean;
    }

    /**
     * {@return the connections that get a server, each with whether its peer is a guest agent} Empty if only the
     * default connection gets one. A child has those of its parent, except the default one.
     */
    private Map<String, Boolean> connections(
            ConfigurableEnvironment environment, @Nullable ApplicationContext parent, boolean guestAgentByDefault) {
        Map<String, Boolean> all = new LinkedHashMap<>();
        if (parent != null && !parent.getEnvironment().containsProperty(IS_DEFAULT)) {
            ConnectionNames.of(parent.getEnvironment()).forEach((name, traits) -> all.put(name, traits.guestAgent()));
        }
        ConnectionNames.of(environment).forEach((name, traits) -> all.put(name, traits.guestAgent()));
        connections.forEach(name -> all.putIfAbsent(name, guestAgentByDefault));
        return all;
    }

    private static boolean isGuestAgentByDefault(ConfigurableEnvironment environment) {
        return Binder.get(environment)
                .bind("qmp.defaults.protocol", QmpPeerProtocol.class)
                .map(QmpPeerProtocol.GUEST_AGENT::equals)
                .orElse(false);
    }

    /** Switches discovery and the fleet off, because both reach real machines. */
    private static void ignoreRealMachines(ConfigurableEnvironment environment, Map<String, Object> properties) {
        String directory = configured(environment, DISCOVERY);
        if (StringUtils.hasText(directory)) {
            LOGGER.info("@AutoConfigureQmpServer ignores " + DISCOVERY + "=" + Text.printable(directory)
                    + ", because its sockets are real machines. Add connections by QmpClients.add instead.");
        }
        String fleet = configured(environment, FLEET);
        if (StringUtils.hasText(fleet) && !fleet.equalsIgnoreCase("false")) {
            LOGGER.info("@AutoConfigureQmpServer ignores " + FLEET + "=" + Text.printable(fleet)
                    + ", because the fleet's machines are real. If a bean needs a QmpFleet, add a @MockitoBean.");
        }
        properties.put(DISCOVERY, "");
        properties.put(FLEET, false);
    }

    /** {@return the ignored value; null if there is none, or if a placeholder in it cannot be resolved} */
    private static @Nullable String configured(ConfigurableEnvironment environment, String key) {
        try {
            return environment.getProperty(key);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
