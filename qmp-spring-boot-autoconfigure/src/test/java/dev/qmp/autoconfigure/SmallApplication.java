package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpClients;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** An application with all that its class path configures. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class SmallApplication {

    /** {@return the application, started} */
    public static ConfigurableApplicationContext start(String... arguments) {
        return new SpringApplicationBuilder(SmallApplication.class)
                .properties("server.port=0", "spring.main.banner-mode=off", "spring.jmx.enabled=false")
                .run(arguments);
    }

    /** {@return the names of the connections that the application has} */
    public static String connections(String... arguments) {
        try (ConfigurableApplicationContext context = start(arguments)) {
            return String.join(",", context.getBean(QmpClients.class).names());
        }
    }
}
