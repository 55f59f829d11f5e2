package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.Principal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The endpoints over HTTP, on a real web server: one machine is there, {@code gone} is not. */
class ActuatorHttpIntegrationTests {

    private static final TestMonitor MONITOR = TestMonitor.started();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static ConfigurableApplicationContext application;
    private static QmpClient vm1;

    @BeforeAll
    static void start() {
        application = new SpringApplicationBuilder(Application.class)
                .run(
                        "--server.port=0",
                        "--spring.main.banner-mode=off",
                        "--management.endpoints.web.exposure.include=*",
                        "--management.endpoint.health.show-details=when-authorized",
                        "--management.endpoint.health.group.readiness.include=readinessState,qmp",
                        "--management.endpoint.qmp.show-values=when-authorized",
                        "--management.metrics.distribution.percentiles-histogram.qmp.commands=true",
                        "--management.endpoint.qmp.roles=OPERATOR",
                        "--qmp.connection.vm1.address=" + MONITOR.address(),
                        "--qmp.connection.gone.address=unix:/tmp/qmp-nobody.sock");
        vm1 = application.getBean("vm1", QmpClient.class);
        QmpClient gone = application.getBean("gone", QmpClient.class);
        Awaitility.await()
                .until(() -> vm1.runstate() == Runstate.RUNNING && gone.status().lastError() != null);
    }

    @AfterAll
    static void stop() {
        application.close();
        MONITOR.close();
    }

    @ParameterizedTest
    @CsvSource({"nobody, ", "somebody, READER", "operator, OPERATOR"})
    void theEndpointShowsAddressesAndErrorsToThoseWhoMaySeeThem(String user, String role) {
        JsonNode connections = json(get("/actuator/qmp", user, role)).path("connections");

        assertThat(connections.propertyNames()).containsExactlyInAnyOrder("vm1", "gone");
        assertThat(connections.at("/vm1/runstate").asString()).isEqualTo("RUNNING");
        assertThat(connections.at("/vm1/qemuVersion").asString()).isEqualTo("7.2.22");
        boolean mayOperate = "OPERATOR".equals(role);
        assertThat(connections.at("/vm1/address").asString()).isEqualTo(mayOperate ? MONITOR.address() : "******");
        assertThat(connections.toString().contains("qmp-nobody")).isEqualTo(mayOperate);
        assertThat(json(get("/actuator/qmp/vm1", user, role)).path("address"))
                .isEqualTo(connections.at("/vm1/address"));
        assertThat(get("/actuator/qmp/nonsense", user, role).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
    void nothingCanBeExecutedOverHttp(String method) {
        int before = MONITOR.server().received().size();
        for (String path : List.of("/actuator/qmp", "/actuator/qmp/vm1", "/actuator/qmp/vm1/stop")) {
            HttpResponse<String> answer = send(request(path, "operator", "OPERATOR")
                    .header("Content-Type", "application/json")
                    .method(method, BodyPublishers.ofString("{\"execute\": \"stop\", \"command\": \"stop\"}")));
            assertThat(answer.statusCode()).as(path).isIn(404, 405);
        }
        assertThat(MONITOR.server().received()).hasSize(before);
    }

    @Test
    void healthIsByConnectionWithDetailsForThoseWhoMaySeeThem() {
        HttpResponse<String> answer = get("/actuator/health", "operator", "OPERATOR");
        assertThat(answer.statusCode()).isEqualTo(503);
        JsonNode machines = json(answer).at("/components/qmp/components");
        assertThat(machines.at("/vm1/status").asString()).isEqualTo("UP");
        assertThat(machines.at("/vm1/details").propertyNames())
                .containsExactlyInAnyOrder(
                        "runstate", "since", "queueDepth", "reconnectAttempts", "reconnecting", "qemuVersion");
        assertThat(machines.at("/gone/status").asString()).isEqualTo("DOWN");
        assertThat(machines.at("/gone/details/lastError").asString()).contains("qmp-nobody");

        assertThat(json(get("/actuator/health", "nobody", null)).propertyNames())
                .doesNotContain("components", "details");
        assertThat(get("/actuator/health/qmp/vm1", "nobody", null).statusCode()).isEqualTo(404);
        assertThat(get("/actuator/health/qmp/vm1", "operator", "OPERATOR").statusCode())
                .isEqualTo(200);
    }

    /** A restart brings no machine back. An application that wants no requests without its machines uses readiness. */
    @Test
    void aMachineThatIsGoneCountsForReadinessIfAskedToAndNeverForLiveness() {
        assertThat(get("/actuator/health/readiness", "nobody", null).statusCode())
                .isEqualTo(503);
        assertThat(get("/actuator/health/liveness", "nobody", null).statusCode())
                .isEqualTo(200);
    }

    /** Prometheus refuses a series whose keys differ from those of the first one of its name. */
    @Test
    void prometheusGetsEveryOutcomeWithTheSameKeys() {
        vm1.blocking().execute("query-status");
        assertThatException().isThrownBy(() -> vm1.blocking().execute("nonsense"));
        QmpClient gone = application.getBean("gone", QmpClient.class);
        assertThatException().isThrownBy(() -> gone.blocking().execute("query-status"));

        String text = get("/actuator/prometheus", "nobody", null).body();

        assertThat(text.lines().filter(line -> line.startsWith("qmp_commands_seconds_count")))
                .anySatisfy(line ->
                        assertThat(line).contains("command=\"query-status\"", "connection=\"vm1\"", "\"SUCCESS\""))
                .anySatisfy(line -> assertThat(line).contains("error_class=\"CommandNotFound\"", "\"REJECTED\""))
                .anySatisfy(line -> assertThat(line).contains("connection=\"gone\"", "\"NOT_SENT\""));
        assertThat(text).contains("qmp_commands_active_seconds", "qmp_commands_seconds_bucket{");
        Map<String, Set<Set<String>>> keys = keysByName(text);
        assertThat(keys).isNotEmpty().allSatisfy((name, sets) -> assertThat(sets)
                .hasSize(1));
    }

    private static Map<String, Set<Set<String>>> keysByName(String text) {
        Pattern series = Pattern.compile("(qmp_\\w+)\\{(.*)} .*");
        Map<String, Set<Set<String>>> keys = new HashMap<>();
        text.lines().map(series::matcher).filter(Matcher::matches).forEach(line -> {
            Set<String> own = new TreeSet<>();
            Arrays.stream(line.group(2).split(",", -1)).forEach(tag -> own.add(tag.substring(0, tag.indexOf('='))));
            own.remove("quantile");
            keys.computeIfAbsent(line.group(1), name -> new HashSet<>()).add(own);
        });
        return keys;
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    private static HttpResponse<String> get(String path, String user, String role) {
        return send(request(path, user, role));
    }

    private static HttpRequest.Builder request(String path, String user, String role) {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
        return role == null ? request : request.header("User", user).header("Role", role);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Each user has the name that the request states. */
    @Configuration(proxyBeanMethods = false)
    @Import(SmallApplication.class)
    static class Application {

        @Bean
        Filter trust() {
            return (request, response, chain) -> chain.doFilter(new Trusted((HttpServletRequest) request), response);
        }
    }

    private static final class Trusted extends HttpServletRequestWrapper {

        Trusted(HttpServletRequest request) {
            super(request);
        }

        @Override
        public Principal getUserPrincipal() {
            String user = getHeader("User");
            return user == null ? null : () -> user;
        }

        @Override
        public boolean isUserInRole(String role) {
            return role.equals(getHeader("Role"));
        }
    }
}
