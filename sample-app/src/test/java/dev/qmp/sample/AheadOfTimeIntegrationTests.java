package dev.qmp.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.EventReader;
import dev.qmp.sample.testing.SampleProcess;
import dev.qmp.server.QmpServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The sample, processed ahead of time by the build, with connections that the build knew nothing of. */
class AheadOfTimeIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    @Test
    void followsMachinesThatAreNamedWhenItStarts() throws Exception {
        Path socket = directory.resolve("late1.qmp");
        try (QmpServer server = QmpServer.builder(Endpoint.unix(socket))
                        .handler("query-status", command -> QmpJson.object()
                                .put("status", "running")
                                .put("running", true))
                        .start();
                SampleProcess sample = SampleProcess.processedAheadOfTime(
                        directory,
                        "--qmp.connection.late1.address=unix:" + socket,
                        "--qmp.connection.late2.address=unix:" + directory.resolve("none.qmp"))) {
            Api api = sample.api();
            assertThat(sample.log()).contains("Starting AOT-processed SampleApplication");
            await().atMost(SOON)
                    .until(() -> status(api, "/late1").equals("UP")
                            && status(api, "/late2").equals("DOWN"));
            assertThat(api.get("/api/connections").json()).hasSize(2);
            try (EventReader reader = new EventReader(api.request("/api/events"))) {
                server.emit(QmpEvent.of("STOP"));
                await().atMost(SOON).until(() -> reader.names("late1").contains("STOP"));
            }
            String command = "{\"execute\": \"query-status\"}";
            assertThat(api.post("/api/connections/late1/execute", command).status())
                    .isEqualTo(200);
            assertThat(api.get("/actuator/prometheus").text())
                    .containsPattern("qmp_commands_seconds_count\\{.*command=\"query-status\".*connection=\"late1\"")
                    .containsPattern("qmp_events_total\\{connection=\"late1\",event=\"STOP\"} 1");
        }
    }

    /** Without a configured machine it runs an embedded one, as without processing ahead of time. */
    @Test
    void runsItsOwnMachineIfNoneIsNamed() throws Exception {
        try (SampleProcess sample = SampleProcess.processedAheadOfTime(directory)) {
            Api api = sample.api();
            await().atMost(SOON).until(() -> api.runstate().equals("RUNNING"));
            assertThat(api.execute("query-status").status()).isEqualTo(200);
        }
    }

    private static String status(Api api, String connection) {
        JsonNode health = api.get("/actuator/health/qmp" + connection).json();
        return health.path("status").asString("");
    }
}
