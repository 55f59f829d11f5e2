package dev.qmp.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.machine.Machines;
import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.Api.Answer;
import dev.qmp.sample.testing.EventReader;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/** The application with a machine that is there already, or not there at all. */
class MachineElsewhereTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private ServletWebServerApplicationContext context;
    private Api api;

    @BeforeEach
    void start() {
        context = (ServletWebServerApplicationContext) SpringApplication.run(
                SampleApplication.class,
                "--server.port=0",
                "--qmp.connection.vm1.address=unix:" + socket(),
                "--qmp.connection.vm1.command-timeout=3s");
        api = new Api(context.getWebServer().getPort());
    }

    @AfterEach
    void stop() {
        context.close();
    }

    private Path socket() {
        return directory.resolve("vm1.qmp");
    }

    private QmpServer serve() {
        QmpServer server = QmpServer.builder(Endpoint.unix(socket()))
                .handler(
                        "query-status",
                        command -> QmpJson.object().put("status", "running").put("running", true))
                .start();
        await().atMost(SOON).until(() -> api.runstate().equals("RUNNING"));
        return server;
    }

    @Test
    void startsNothing() {
        assertThat(context.getBean(Machines.class).find("vm1")).isEmpty();
        try (QmpServer server = serve()) {
            assertThat(api.execute("query-status").status()).isEqualTo(200);
            Answer answer = api.post("/api/connections/vm1/power-on", "");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(server.hasClient()).isTrue();
        }
    }

    @Test
    void comesUpWithoutTheMachineAndSaysWhyItIsDown() {
        await().atMost(SOON).until(() -> api.get("/actuator/health").status() == 503);
        Answer health = api.get("/actuator/health");
        assertThat(health.json().at("/components/qmp/status").stringValue()).isEqualTo("DOWN");
        Answer answer = api.execute("query-status");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.member("outcome")).isEqualTo("not-sent");
        assertThat(api.get("/").text()).contains("<td>vm1</td>");
        serve().close();
    }

    @Test
    void reportsThatAGuestHasShutDown() throws Exception {
        try (QmpServer server = serve();
                EventReader reader = new EventReader(api.request("/api/events"))) {
            server.handle("system_powerdown", command -> {
                server.handle("query-status", CommandHandler.returning(Map.of("status", "shutdown", "running", false)));
                server.emit(QmpEvent.of("SHUTDOWN", Map.of("guest", true, "reason", "guest-shutdown")));
                return QmpJson.object();
            });
            assertThat(api.post("/api/connections/vm1/power-down", "").status()).isEqualTo(202);
            await().atMost(SOON).untilAsserted(() -> assertThat(reader.events())
                    .filteredOn(event -> event.type().equals("task"))
                    .singleElement()
                    .satisfies(event -> assertThat(event.data().get("outcome").stringValue())
                            .isEqualTo("SUCCEEDED")));
        }
    }

    @Test
    void tellsThatTheMachineDidNotReplyInTime() {
        try (QmpServer server = serve()) {
            server.handle("slow", command -> {
                new CountDownLatch(1).await();
                return QmpJson.object();
            });
            Answer answer = api.execute("slow");
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.member("outcome")).isEqualTo("unknown");
        }
    }

    @Test
    void tellsThatTheOutcomeIsUnknownWhenTheConnectionIsLost() throws Exception {
        try (QmpServer server = serve()) {
            CountDownLatch asked = new CountDownLatch(1);
            server.handle("slow", command -> {
                asked.countDown();
                new CountDownLatch(1).await();
                return QmpJson.object();
            });
            CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> api.execute("slow"));
            asked.await();
            server.disconnectClient();
            assertThat(answer.join().status()).isEqualTo(502);
            assertThat(answer.join().member("outcome")).isEqualTo("unknown");
        }
    }
}
