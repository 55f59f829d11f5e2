package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import java.util.Map;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Registers a client bean for each connection in the configuration: {@code <name>QmpClient}, alias {@code <name>}. It
 * takes names and {@code primary} only; all else is checked, and used, with the properties bean. A registrar is run anew
 * when an application processed ahead of time starts, so that names need not be known at build time.
 */
class QmpClientRegistrar implements BeanRegistrar {

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        Binder binder = Binder.get(environment);
        boolean primaryByDefault =
                binder.bind("qmp.defaults.primary", Boolean.class).orElse(false);
        // The whole type, as a connection is one only if any of its properties is set.
        Map<String, QmpConnectionProperties> connections = binder.bind(
                        "qmp.connection", Bindable.mapOf(String.class, QmpConnectionProperties.class))
                .orElseGet(Map::of);
        connections.forEach((name, connection) -> {
            boolean primary = connection.getPrimary() != null ? connection.getPrimary() : primaryByDefault;
            register(registry, name, primary);
        });
    }

    private static void register(BeanRegistry registry, String name, boolean primary) {
        String beanName = name + "QmpClient";
        registry.registerBean(beanName, QmpClient.class, spec -> {
            spec.description("QMP connection '" + name + "'");
            if (primary) {
                spec.primary();
            }
            spec.supplier(context -> context.bean(DefaultQmpClients.class).configured(name));
        });
        try {
            registry.registerAlias(beanName, name);
        } catch (IllegalStateException e) {
            throw new InvalidQmpPropertyException(
                    "qmp.connection." + name, null, "there is another bean of this name", "a name no bean has", e);
        }
    }
}
