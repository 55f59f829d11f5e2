package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/**
 * Registers a client bean for each connection in the configuration: {@code <name>QmpClient}, alias {@code <name>}. It
 * takes names and {@code primary} only; all else is checked, and used, with the properties bean. A registrar is run anew
 * when an application processed ahead of time starts, so that names need not be known at build time.
 */
class QmpClientRegistrar implements BeanRegistrar {

    /** What a bean of a connection is named, after the connection. */
    static final String SUFFIX = "QmpClient";

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        ConnectionNames.of(environment).forEach((name, primary) -> register(registry, name, primary));
    }

    private static void register(BeanRegistry registry, String name, boolean primary) {
        String beanName = name + SUFFIX;
        registry.registerBean(beanName, QmpClient.class, spec -> {
            spec.description("QMP connection '" + name + "'");
            if (primary) {
                spec.primary();
            }
            // by name: by type it would be looked for once for each connection
            spec.supplier(context ->
                    context.bean("qmpClients", DefaultQmpClients.class).configured(name));
        });
        try {
            registry.registerAlias(beanName, name);
        } catch (IllegalStateException e) {
            throw new InvalidQmpPropertyException(
                    "qmp.connection." + name, null, "there is another bean of this name", "a name no bean has", e);
        }
    }
}
