package dev.qmp.autoconfigure.aot;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.endpoint.QmpEndpointAutoConfiguration;
import dev.qmp.autoconfigure.health.QmpHealthContributorAutoConfiguration;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventListener;
import dev.qmp.spring.QmpEventReceivedEvent;
import java.util.TreeSet;
import org.springframework.aot.AotDetector;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * The application that is processed ahead of time: it prints its connections on a line, and ends.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({
    QmpAutoConfiguration.class,
    QmpHealthContributorAutoConfiguration.class,
    QmpEndpointAutoConfiguration.class
})
public class AotApplication {

    private final boolean run1IsTaken;

    /** Creates the first bean, before those of the clients. */
    public AotApplication(QmpClients clients) {
        run1IsTaken = isTaken(clients);
    }

    private static boolean isTaken(QmpClients clients) {
        try {
            clients.add("run1", "tcp:localhost:1");
            return false;
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    /** Runs the application. */
    public static void main(String[] arguments) {
        try (ConfigurableApplicationContext context = SpringApplication.run(AotApplication.class, arguments)) {
            System.out.println("ahead of time: " + AotDetector.useGeneratedArtifacts() + ", connections: "
                    + new TreeSet<>(context.getBean(QmpClients.class).names()) + ", primary: "
                    + context.getBean(QmpClient.class).name() + ", run1 was taken early: "
                    + context.getBean(AotApplication.class).run1IsTaken);
        }
    }

    @QmpEventListener(name = "STOP")
    void on(QmpEventReceivedEvent event) {}
}
