package dev.qmp.sample.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.Api.Answer;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A copy of the package does not have this application's settings, and its answers must be right all the same. */
class BootSettingsTests {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String PATH = "/api/connections/vm1/execute";

    @TempDir
    private Path directory;

    private RunningSample start(QmpServer server, String... settings) {
        String[] all = Arrays.copyOf(settings, settings.length + 1);
        all[settings.length] = "--qmp.connection.vm1.address=" + server.endpoint();
        RunningSample sample = new RunningSample(all);
        await().atMost(SOON).until(() -> sample.api().runstate().equals("RUNNING"));
        return sample;
    }

    private QmpServer serve() {
        return QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                .handler("x-slow", CommandHandler.hanging())
                .start();
    }

    /** The command has been sent, so 503 would be a lie that makes clients and proxies send it again. */
    @ParameterizedTest(name = "problemdetails.enabled={0}")
    @ValueSource(booleans = {false, true})
    void theOutcomeIsUnknownIfTheRequestTimesOutBeforeTheCommand(boolean problemDetails) {
        try (QmpServer server = serve();
                RunningSample sample = start(
                        server,
                        "--spring.mvc.async.request-timeout=100ms",
                        "--spring.mvc.problemdetails.enabled=" + problemDetails)) {
            Answer answer = sample.api().execute("x-slow");
            assertThat(answer.status()).as(answer.text()).isEqualTo(504);
            assertThat(answer.type()).isEqualTo("application/problem+json");
            assertThat(answer.member("outcome")).isEqualTo("unknown");
            assertThat(server.received()).extracting(command -> command.name()).contains("x-slow");
        }
    }

    @Test
    void refusalsHaveAllTheirMembers() {
        try (QmpServer server = serve();
                RunningSample sample = start(server, "--spring.mvc.problemdetails.enabled=false")) {
            Api api = sample.api();
            Answer malformed = api.post(PATH, "{\n \"execute\": }");
            assertThat(malformed.status()).isEqualTo(400);
            assertThat(malformed.member("outcome")).as(malformed.text()).isEqualTo("not-sent");
            assertThat(malformed.member("detail")).contains("line 2, column 13");
            assertThat(malformed.json().path("line").asInt(0)).isEqualTo(2);
            assertThat(malformed.json().path("column").asInt(0)).isEqualTo(13);

            Answer tooLong = api.post(PATH, "x".repeat(RequestBodies.MAX_BYTES + 1));
            assertThat(tooLong.status()).isEqualTo(413);
            assertThat(tooLong.member("outcome")).as(tooLong.text()).isEqualTo("not-sent");

            Answer unknown = api.post("/api/connections/nobody/execute", "{\"execute\": \"query-status\"}");
            assertThat(unknown.status()).isEqualTo(404);
            assertThat(unknown.member("detail")).as(unknown.text()).contains("'nobody'");

            Answer rejected = api.execute("nosuch");
            assertThat(rejected.status()).isEqualTo(422);
            assertThat(rejected.member("desc")).contains("has not been found");
            assertThat(List.of(malformed, tooLong, unknown, rejected))
                    .extracting(Answer::type)
                    .containsOnly("application/problem+json");
        }
    }
}
