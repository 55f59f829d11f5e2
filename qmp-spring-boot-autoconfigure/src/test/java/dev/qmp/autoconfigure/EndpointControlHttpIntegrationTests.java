package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.HandshakePhase;
import dev.qmp.QmpClient;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Health, and the endpoint's read and write operations, over Spring MVC and over WebFlux. */
@ExtendWith(OutputCaptureExtension.class)
class EndpointControlHttpIntegrationTests {

    private static final String UNRESTRICTED = "--management.endpoint.qmp.access=unrestricted";
    private static final String ONE = "11111111-1111-1111-1111-111111111111";
    private static final String OTHER = "22222222-2222-2222-2222-222222222222";

    private final TestMonitor monitor = TestMonitor.started();

    @AfterEach
    void close() {
        monitor.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void healthAndConnectionsAreReadOverBothWebStacks(WebApplicationType type) throws Exception {
        try (ConfigurableApplicationContext application = start(type)) {
            assertThat(application)
                    .isInstanceOf(
                            type == WebApplicationType.REACTIVE
                                    ? ReactiveWebServerApplicationContext.class
                                    : ServletWebServerApplicationContext.class);
            running(application);
            JsonNode health = get(application, "health", 200);
            assertThat(health.at("/status").asString()).isEqualTo("UP");
            assertThat(health.at("/components/qmp/components/vm1/status").asString())
                    .isEqualTo("UP");
            assertThat(get(application, "qmp", 200)
                            .at("/connections/vm1/runstate")
                            .asString())
                    .isEqualTo("RUNNING");
            JsonNode vm1 = get(application, "qmp/vm1", 200);
            assertThat(vm1.path("qemuVersion").asString()).isEqualTo("7.2.22");
            assertThat(vm1.path("address").asString()).isEqualTo("******");
            assertThat(send(application, "qmp/nonsense", null).statusCode()).isEqualTo(404);

            monitor.stop();
            Awaitility.await().until(() -> send(application, "health", null).statusCode() == 503);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void input30UnrestrictedAccessControlsOneConnection(WebApplicationType type) throws Exception {
        try (ConfigurableApplicationContext application = start(type, UNRESTRICTED)) {
            QmpClient vm1 = running(application);

            assertThat(post(application, "vm1", "stop")).isEqualTo(200);
            Awaitility.await().until(() -> vm1.runstate() == Runstate.IDLE);
            assertThat(post(application, "vm1", "start")).isEqualTo(200);
            Awaitility.await().until(() -> vm1.runstate() == Runstate.RUNNING);
            assertThat(post(application, "nonsense", "stop")).isEqualTo(404);
            assertThat(post(application, "vm1", "quit")).isEqualTo(400);
            assertThat(vm1.runstate()).isEqualTo(Runstate.RUNNING);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void input30AccessIsReadOnlyByDefault(WebApplicationType type) throws Exception {
        try (ConfigurableApplicationContext application = start(type)) {
            assertThat(post(application, "vm1", "stop")).isEqualTo(405);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void input30AnotherMachineNamesThePropertyAndIsTakenByAReconnect(WebApplicationType type, CapturedOutput output)
            throws Exception {
        monitor.stop();
        monitor.start(ONE);
        try (ConfigurableApplicationContext application = start(type, UNRESTRICTED)) {
            QmpClient vm1 = running(application);
            monitor.stop();
            monitor.start(OTHER);
            Awaitility.await()
                    .until(() -> vm1.status().lastError() instanceof QmpConnectException refused
                            && refused.phase() == HandshakePhase.IDENTITY);

            JsonNode details = get(application, "health", 503).at("/components/qmp/components/vm1/details");
            assertThat(details.path("lastError").asString()).contains(ONE).contains(OTHER);
            assertThat(details.path("hint").asString())
                    .contains("Set qmp.connection.vm1.identity-policy=any")
                    .contains("POST /actuator/qmp/vm1")
                    .contains("reconnect");
            assertThat(get(application, "qmp/vm1", 200).path("hint")).isEqualTo(details.path("hint"));
            Awaitility.await().untilAsserted(() -> assertThat(output)
                    .contains("QMP connection 'vm1' makes no further attempt. Set"
                            + " qmp.connection.vm1.identity-policy=any"));

            assertThat(post(application, "vm1", "reconnect")).isEqualTo(200);
            Awaitility.await().until(() -> vm1.runstate() == Runstate.RUNNING);
            assertThat(Objects.requireNonNull(vm1.status().machine()).uuid()).hasToString(OTHER);
        }
    }

    private static QmpClient running(ConfigurableApplicationContext application) {
        QmpClient vm1 = application.getBean(QmpClient.class);
        Awaitility.await().until(() -> vm1.runstate() == Runstate.RUNNING);
        return vm1;
    }

    private ConfigurableApplicationContext start(WebApplicationType type, String... arguments) {
        return new SpringApplicationBuilder(SmallApplication.class)
                .web(type)
                .properties(
                        "server.port=0",
                        "spring.main.banner-mode=off",
                        "management.endpoints.web.exposure.include=qmp,health",
                        "management.endpoint.health.show-details=always",
                        "qmp.connection.vm1.address=" + monitor.address(),
                        "qmp.connection.vm1.reconnect.max-delay=100ms")
                .run(arguments);
    }

    private static JsonNode get(ConfigurableApplicationContext application, String path, int status)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = send(application, path, null);
        assertThat(answer.statusCode()).isEqualTo(status);
        return JsonMapper.shared().readTree(answer.body());
    }

    private static int post(ConfigurableApplicationContext application, String name, String action)
            throws IOException, InterruptedException {
        return send(application, "qmp/" + name, "{\"action\": \"" + action + "\"}")
                .statusCode();
    }

    private static HttpResponse<String> send(
            ConfigurableApplicationContext application, String path, @Nullable String body)
            throws IOException, InterruptedException {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + port + "/actuator/" + path))
                .header("Content-Type", "application/json");
        if (body != null) {
            request.POST(BodyPublishers.ofString(body));
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }
}
