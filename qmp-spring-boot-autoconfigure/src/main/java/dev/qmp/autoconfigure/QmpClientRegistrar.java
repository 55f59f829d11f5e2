package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanDefinitionStoreException;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/**
 * Registers a client bean for each connection in the configuration: {@code <name>}, alias {@code <name>QmpClient}. So a
 * {@code Map<String, QmpClient>} has the connections' names as keys. The registrar reads names and {@code primary} only;
 * all else is checked, and used, with the properties bean. A registrar is run anew when an application processed ahead of
 * time starts, so that names need not be known at build time.
 */
class QmpClientRegistrar implements BeanRegistrar {

    private static final String SUFFIX = "QmpClient";

    /** Beans that the context has, or looks for by name, without a definition that would show a clash. */
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

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        ConnectionNames.of(environment).forEach((name, primary) -> register(registry, name, primary));
    }

    private static void register(BeanRegistry registry, String name, boolean primary) {
        if (RESERVED.contains(name)) {
            throw nameClash(name, null);
        }
        try {
            registry.registerBean(name, QmpClient.class, spec -> {
                spec.description("QMP connection '" + name + "'");
                if (primary) {
                    spec.primary();
                }
                // by name: by type it would be looked for once for each connection
                spec.supplier(context ->
                        context.bean("qmpClients", DefaultQmpClients.class).configured(name));
            });
            registry.registerAlias(name, name + SUFFIX);
        } catch (BeanDefinitionStoreException | IllegalStateException e) {
            throw nameClash(name, e);
        }
    }

    private static InvalidQmpPropertyException nameClash(String name, @Nullable RuntimeException cause) {
        return new InvalidQmpPropertyException(
                "qmp.connection." + name, null, "there is another bean of this name", "a name no bean has", cause);
    }
}
