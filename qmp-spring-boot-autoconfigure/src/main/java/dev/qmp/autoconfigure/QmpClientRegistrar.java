package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Registers a client bean for each connection in the configuration: {@code <name>QmpClient}, alias {@code <name>}. It
 * binds names and {@code primary} only; all else is bound, and checked, with the properties themselves. A registrar is run
 * anew when an application processed ahead of time starts, so that names need not be known at build time.
 */
class QmpClientRegistrar implements BeanRegistrar {

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        Map<String, ConnectionName> names = Binder.get(environment)
                .bind("qmp.connection", Bindable.mapOf(String.class, ConnectionName.class))
                .orElseGet(Map::of);
        names.forEach((name, connection) -> {
            String beanName = name + "QmpClient";
            registry.registerBean(beanName, QmpClient.class, spec -> {
                spec.description("QMP connection '" + name + "'");
                if (Boolean.parseBoolean(connection.primary())) {
                    spec.primary();
                }
                spec.supplier(context -> context.bean(DefaultQmpClients.class).configured(name));
            });
            registry.registerAlias(beanName, name);
        });
    }

    /** The little that must be known of a connection before there are beans. */
    record ConnectionName(@Nullable String primary) {}
}
