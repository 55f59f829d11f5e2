package dev.qmp.autoconfigure.test;

import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Starts the servers before the context is refreshed, and points the connections at them. They are beans that end with the
 * context, after the clients. A record, so that tests with the same annotation share a context.
 *
 * @param connections the names that were asked for; empty for all
 */
record QmpServerContextCustomizer(List<String> connections) implements ContextCustomizer {

    private static final String DEFAULT_CONNECTION = "vm1";

    @Override
    public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
        ConfigurableEnvironment environment = context.getEnvironment();
        DefaultListableBeanFactory beans = (DefaultListableBeanFactory) context.getBeanFactory();
        Map<String, Object> properties = new HashMap<>();
        Map<String, QmpServer> servers = new LinkedHashMap<>();
        for (String name : names(environment)) {
            QmpServer server =
                    QmpServer.builder(Endpoint.tcp("127.0.0.1", 0)).name(name).start();
            String beanName = name + "QmpServer";
            beans.registerSingleton(beanName, server);
            beans.registerDisposableBean(beanName, server::close);
            servers.put(name, server);
            String prefix = "qmp.connection." + key(name) + ".";
            properties.put(prefix + "mode", "connect");
            // the server is there: by this the first test begins when its client is connected
            properties.put(prefix + "fail-fast", true);
        }
        beans.registerSingleton("qmpTestServers", new QmpTestServers(servers));
        environment.getPropertySources().addFirst(new MapPropertySource("QMP test servers", properties));
    }

    /** Spelled as other sources spell it: in brackets, a name that needs none would hide what they say. */
    private static String key(String name) {
        return name.matches("[a-zA-Z0-9_-]+") ? name : "[" + name + "]";
    }

    private Collection<String> names(ConfigurableEnvironment environment) {
        if (!connections.isEmpty()) {
            return connections;
        }
        Map<String, Object> configured = Binder.get(environment)
                .bind("qmp.connection", Bindable.mapOf(String.class, Object.class))
                .orElseGet(Map::of);
        return configured.isEmpty() ? List.of(DEFAULT_CONNECTION) : configured.keySet();
    }
}
