package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The endpoint controls a connection over HTTP, if its access is unrestricted. */
class EndpointControlHttpIntegrationTests {

    private final TestMonitor monitor = TestMonitor.started();

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void input30UnrestrictedAccessControlsOneConnection() throws Exception {
        try (ConfigurableApplicationContext application = start("--management.endpoint.qmp.access=unrestricted")) {
            QmpClient vm1 = application.getBean(QmpClient.class);
            Awaitility.await().until(() -> vm1.runstate() == Runstate.RUNNING);

            assertThat(post(application, "vm1", "stop")).isEqualTo(200);
            Awaitility.await().until(() -> vm1.runstate() == Runstate.IDLE);
            assertThat(post(application, "vm1", "start")).isEqualTo(200);
            Awaitility.await().until(() -> vm1.runstate() == Runstate.RUNNING);
            assertThat(post(application, "nonsense", "stop")).isEqualTo(404);
            assertThat(post(application, "vm1", "quit")).isEqualTo(400);
            assertThat(vm1.runstate()).isEqualTo(Runstate.RUNNING);
        }
    }

    @Test
    void input30AccessIsReadOnlyByDefault() throws Exception {
        try (ConfigurableApplicationContext application = start()) {
            assertThat(post(application, "vm1", "stop")).isEqualTo(405);
        }
    }

    private ConfigurableApplicationContext start(String... arguments) {
        return new SpringApplicationBuilder(SmallApplication.class)
                .properties(
                        "server.port=0",
                        "spring.main.banner-mode=off",
                        "management.endpoints.web.exposure.include=qmp",
                        "qmp.connection.vm1.address=" + monitor.address())
                .run(arguments);
    }

    private static int post(ConfigurableApplicationContext application, String name, String action)
            throws IOException, InterruptedException {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/qmp/" + name))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{\"action\": \"" + action + "\"}"))
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }
}
