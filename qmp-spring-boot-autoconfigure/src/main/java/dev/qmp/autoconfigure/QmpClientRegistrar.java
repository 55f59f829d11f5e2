package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.agent.GuestAgent;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanDefinitionStoreException;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.Environment;

/**
 * Registers a client bean for each connection in the configuration: {@code <name>}, with the alias {@code
 * <name>QmpClient}. So a {@code Map<String, QmpClient>} has connection names as keys. A connection to a guest agent
 * also gets the bean {@code <name>GuestAgent}. The registrar reads only names, {@code primary} and {@code protocol};
 * all other properties are checked with the properties bean. It also runs at the start of an
 * application that was processed ahead of time, so names need not be known at build time.
 */
class QmpClientRegistrar implements BeanRegistrar {

    /** Ends the alias of a connection's client. */
    static final String SUFFIX = "QmpClient";

    /** Ends the bean name of a connection's {@link GuestAgent}. */
    static final String AGENT_SUFFIX = "GuestAgent";

    /**
     * Names of beans that a context has or looks up without a bean definition, so that Spring would not report a
     * clash.
     */
    private static final Set<String> RESERVED = Set.of(
            "environment",
            "systemProperties",
            "systemEnvironment",
            "applicationStartup",
            "applicationEventMulticaster",
            "lifecycleProcessor",
            "messageSource",
            "conversionService",
            "loadTimeWeaver",
            "springApplicationArguments",
            "springBootBanner",
            "springBootLoggingSystem",
            "springBootLoggerGroups");

    /** Names of the starter's own beans, which Spring registers later. It would report a clash in its own words. */
    private static final Set<String> OWN = Set.of(
            "qmpClientDestruction",
            "qmpClientFactory",
            "qmpClientLifecycle",
            "qmpClientResources",
            "qmpClients",
            "qmpCommandObserver",
            "qmpConfiguredKeysCheck",
            "qmpConnectionKeys",
            "qmpEndpoint",
            "qmpEndpointIsNotLazy",
            "qmpEndpointWebExtension",
            "qmpEventListenerFactory",
            "qmpFleet",
            "qmpGuestAgentQualifiers",
            "qmpHealthContributor",
            "qmpHealthIndicator",
            "qmpHealthIsNotLazy",
            "qmpListenerFailures",
            "qmpMetrics",
            "qmpMetricsAreNotLazy",
            "qmpSocketDirectory",
            "qmpTaskEvents",
            "qmpTaskObserver");

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        ConnectionNames.of(environment).forEach((name, traits) -> {
            register(registry, name, traits.primary());
            if (traits.guestAgent()) {
                registerAgent(registry, name, traits.primary());
            }
        });
    }

    private static void register(BeanRegistry registry, String name, boolean primary) {
        if (RESERVED.contains(name) || OWN.contains(name)) {
            throw unusable(name, "the starter or Spring uses this name for a bean of its own", null);
        }
        String bean = name;
        try {
            registry.registerBean(name, QmpClient.class, spec -> {
                spec.description("QMP connection '" + name + "'");
                if (primary) {
                    spec.primary();
                }
                // by name: a lookup by type would be repeated for each connection
                spec.supplier(context ->
                        context.bean("qmpClients", DefaultQmpClients.class).configured(name));
            });
            bean = name + SUFFIX;
            registry.registerAlias(name, bean);
        } catch (BeanDefinitionStoreException | IllegalStateException e) {
            throw nameClash(name, bean, e);
        }
    }

    /** A fallback, because an application may declare a {@link GuestAgent} of its own. */
    private static void registerAgent(BeanRegistry registry, String name, boolean primary) {
        try {
            registry.registerBean(name + AGENT_SUFFIX, GuestAgent.class, spec -> {
                spec.description("guest agent of QMP connection '" + name + "'").lazyInit();
                if (primary) {
                    spec.primary();
                } else {
                    spec.fallback();
                }
                spec.supplier(context -> context.bean("qmpClientFactory", QmpClientFactory.class)
                        .guestAgent(name, context.bean(name, QmpClient.class)));
            });
        } catch (BeanDefinitionStoreException | IllegalStateException e) {
            throw nameClash(name, name + AGENT_SUFFIX, e);
        }
    }

    /**
     * Stops the start if the configuration has a connection without a client bean. Its properties came later, as those
     * of a {@code DynamicPropertyRegistrar} do, which is a bean itself.
     */
    static void checkRegistered(Set<String> names, ConfigurableListableBeanFactory beans) {
        for (String name : names) {
            if (!beans.containsBeanDefinition(name)) {
                throw lateConnection(name);
            }
        }
    }

    static InvalidQmpPropertyException lateConnection(String name) {
        return late(
                ConnectionNames.keyOf(name),
                "its first property",
                "Name the connection in a file, where an empty address is enough, or use @DynamicPropertySource.");
    }

    static InvalidQmpPropertyException lateProtocol(String name) {
        return late(
                ConnectionNames.keyOf(name) + ".protocol", "it", "Set it in a file, or use @DynamicPropertySource.");
    }

    private static InvalidQmpPropertyException late(String key, String property, String remedy) {
        return new InvalidQmpPropertyException(
                        key,
                        null,
                        property + " came after the client beans were registered, as from a DynamicPropertyRegistrar",
                        "properties that are known before")
                .withRemedy(remedy, null);
    }

    static InvalidQmpPropertyException nameClash(String name, String bean, @Nullable Throwable cause) {
        return unusable(name, "there is another bean '" + bean + "'", cause);
    }

    private static InvalidQmpPropertyException unusable(String name, String reason, @Nullable Throwable cause) {
        return new InvalidQmpPropertyException(
                        ConnectionNames.keyOf(name), null, reason, "a name that no other bean has")
                .withRemedy("Give the connection another name.", cause);
    }
}
