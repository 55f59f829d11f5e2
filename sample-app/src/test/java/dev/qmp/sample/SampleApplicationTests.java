package dev.qmp.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.Api.Answer;
import dev.qmp.sample.testing.EventReader;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The application without any argument: an embedded machine, and everything over HTTP. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class SampleApplicationTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    @LocalServerPort
    private int port;

    @Autowired
    private QmpClient client;

    private Api api;

    @BeforeEach
    void isConnected() {
        api = new Api(port);
        await().atMost(SOON).until(() -> api.runstate().equals("RUNNING"));
    }

    @Test
    void listsTheConnection() {
        JsonNode vm1 = api.vm1();
        assertThat(vm1.get("address").stringValue()).startsWith("unix:");
        assertThat(vm1.get("qemuVersion").stringValue()).isEqualTo("7.2.22");
        assertThat(vm1.get("machineRunning").booleanValue()).isTrue();
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(api.vm1().get("guestStatus").asString()).isEqualTo("running"));
        await().atMost(SOON)
                .untilAsserted(
                        () -> { // a look may lead to a question
                            JsonNode now = api.vm1();
                            assertThat(now.get("queued").intValue()).isZero();
                            assertThat(now.get("pending").intValue()).isZero();
                        });
    }

    @Test
    void executesACommand() {
        Answer answer = api.execute("query-status");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().at("/return/status").stringValue()).isEqualTo("running");
        assertThat(answer.response().headers().firstValue("Server-Timing"))
                .hasValueSatisfying(timing -> assertThat(timing).startsWith("qmp;dur="));
    }

    @Test
    void executesOutOfBandIfAskedTo() {
        Answer answer = api.execute(Map.of("exec-oob", "query-status"));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.member("desc")).isEqualTo("The command query-status does not support OOB");
    }

    @Test
    void passesARejectionOn() {
        Answer answer = api.execute("nosuch");
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.type()).isEqualTo("application/problem+json");
        assertThat(answer.member("class")).isEqualTo("CommandNotFound");
        assertThat(answer.member("desc")).isEqualTo("The command nosuch has not been found");
    }

    @Test
    void doesNotKnowEveryConnection() {
        Answer answer = api.post("/api/connections/nobody/execute", "{\"execute\": \"query-status\"}");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.type()).isEqualTo("application/problem+json");
        assertThat(answer.member("detail")).contains("'nobody'");
    }

    @Test
    void refusesWhatIsNoMessage() {
        for (String body : List.of("", "{", "[]", "7", "null", "{}", "{\"execute\": 7}", "{\"execute\": \" \"}")) {
            Answer answer = api.post("/api/connections/vm1/execute", body);
            assertThat(answer.status()).as(body).isEqualTo(400);
            assertThat(answer.type()).as(body).isEqualTo("application/problem+json");
        }
    }

    @Test
    void streamsEventsAndGoesOnWhereAReaderWas() throws Exception {
        try (EventReader reader = new EventReader(api.request("/api/events"))) {
            api.execute("stop");
            api.execute("cont");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(reader.names("vm1")).containsSubsequence("STOP", "RESUME"));
            String seen = reader.events().stream()
                    .filter(event -> event.data().path("event").asString("").equals("STOP"))
                    .findFirst()
                    .orElseThrow()
                    .id();
            try (EventReader again = new EventReader(api.request("/api/events").header("Last-Event-ID", seen))) {
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(again.names("vm1")).startsWith("RESUME"));
            }
        }
    }

    @Test
    void reportsThatAGuestDoesNotShutDown() throws Exception {
        try (EventReader reader = new EventReader(api.request("/api/events"))) {
            Answer answer = api.post("/api/connections/vm1/power-down", "");
            assertThat(answer.status()).isEqualTo(202);
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(reader.events())
                    .filteredOn(event -> event.type().equals("task"))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.data().get("task").stringValue()).isEqualTo("power down");
                        assertThat(event.data().get("outcome").stringValue()).isEqualTo("FAILED");
                        assertThat(event.data().get("failure").stringValue()).contains("vm1", "not off");
                    }));
        }
        assertThat(api.post("/api/connections/nobody/power-down", "").status()).isEqualTo(404);
    }

    @Test
    void streamsRunstates() throws Exception {
        try (EventReader reader = new EventReader(api.request("/api/events"))) {
            client.disconnect().join();
            client.start();
            await().atMost(SOON).untilAsserted(() -> assertThat(reader.events())
                    .filteredOn(event -> event.type().equals("runstate"))
                    .extracting(event -> event.data().get("current").stringValue())
                    .containsSequence("DISCONNECTING", "IDLE", "CONNECTING", "RUNNING"));
        }
    }

    @Test
    void showsTheScreen() throws Exception {
        Answer answer = api.get("/api/connections/vm1/screen");
        assertThat(answer.type()).isEqualTo("image/png");
        byte[] png = answer.response().body();
        assertThat(ImageIO.read(new ByteArrayInputStream(png)).getWidth()).isEqualTo(640);
    }

    @Test
    void comesBackAfterItWasQuit() {
        assertThat(api.execute("quit").status()).isEqualTo(200);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(api.vm1().get("machineRunning").booleanValue())
                        .isFalse());
        assertThat(api.post("/api/connections/vm1/power-on", "").status()).isEqualTo(204);
        await().atMost(SOON).until(() -> api.runstate().equals("RUNNING"));
    }

    @Test
    void hasAPageThatTellsTheConnectionsToEverybody() {
        Answer page = api.get("/");
        assertThat(page.type()).startsWith("text/html");
        assertThat(page.text()).contains("<td>vm1</td>").contains("unix:");
        assertThat(page.response().headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy).contains("default-src 'none'"));
    }

    @Test
    void anErrorInABrowserIsAPageWithoutDetails() {
        Answer page =
                api.send(api.request("/error").header("Accept", "text/html").GET());
        assertThat(page.type()).startsWith("text/html");
        assertThat(page.text()).contains("Whitelabel Error Page").doesNotContain("Circular", "Tomcat", "Exception");
    }

    @Test
    void aSlashInANameReachesTheConnectionOnly() {
        for (String slash : List.of("%2F", "%5C")) {
            Answer answer = api.post("/api/connections/a" + slash + "b/execute", "{\"execute\":\"query-status\"}");
            assertThat(answer.status()).as(answer.text()).isEqualTo(404);
            assertThat(answer.text()).contains("There is no connection named");
            String path =
                    "/js/../../application.yml".replace("/..", slash + "..").replace("/app", slash + "app");
            assertThat(api.get(path).status()).isEqualTo(404);
        }
    }

    @Test
    void isWatchedByTheActuator() {
        JsonNode health = api.get("/actuator/health").json();
        assertThat(health.at("/components/qmp/status").stringValue()).isEqualTo("UP");
        assertThat(health.at("/components/qmp").toString()).contains("qemuVersion");
        api.execute("query-status");
        assertThat(api.get("/actuator/metrics/qmp.commands.pending").status()).isEqualTo(200);
        assertThat(api.get("/actuator/prometheus").text()).contains("qmp_connection_state");
    }

    @Test
    void refusesAnotherOrigin() {
        Answer answer = api.send(api.request("/api/connections")
                .header("Origin", "http://evil.example")
                .header("Sec-Fetch-Site", "cross-site"));
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.type()).isEqualTo("application/problem+json");
    }
}
