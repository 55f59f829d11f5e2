package dev.qmp.sample.console.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A browser whose event stream breaks off goes on where it was. */
@RequiresTool(Tool.BROWSER)
class BrowserReturnIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    @Test
    void missesNothingAndIsToldNothingTwice() throws Exception {
        try (QmpServer server = QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                        .start();
                RunningSample sample = new RunningSample("--qmp.connection.vm1.address=" + server.endpoint());
                Browser browser = new Browser()) {
            await().atMost(SOON).until(server::hasClient);
            browser.open(sample.page("events"));
            emit(server, 0, 10);
            browser.awaitText(".log", "COUNT");
            await().atMost(SOON).until(() -> seen(browser).size() == 10);

            EventStreams streams = sample.bean(EventStreams.class);
            streams.stop();
            browser.awaitText("body", "reconnecting");
            emit(server, 10, 20);
            streams.start();

            await().atMost(SOON).untilAsserted(() -> assertThat(seen(browser))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 20).mapToObj(i -> (long) i).toList()));
            emit(server, 20, 21);
            await().atMost(SOON).until(() -> seen(browser).size() == 21);
        }
    }

    /** The end of a stream that has lived long enough is no interruption. */
    @Test
    void aStreamThatIsRenewedLosesNothingAndLooksLive() throws Exception {
        try (QmpServer server = QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                        .start();
                RunningSample sample = new RunningSample("--qmp.connection.vm1.address=" + server.endpoint());
                Browser browser = new Browser()) {
            await().atMost(SOON).until(server::hasClient);
            sample.bean(EventStreams.class).endAfter(Duration.ofMillis(20));
            browser.open(sample.page("events"));
            browser.awaitText(".live", "live");
            browser.script(
                    """
                    window.states = [];
                    const live = document.querySelector('.live');
                    new MutationObserver(() => states.push(live.dataset.live)).observe(live, {attributes: true});
                    """);
            for (int i = 0; i < 10; i++) {
                emit(server, i * 10, i * 10 + 10);
                int sent = i * 10 + 10;
                await().atMost(SOON).until(() -> seen(browser).size() >= sent);
            }
            assertThat(seen(browser))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 100).mapToObj(i -> (long) i).toList());
            assertThat(streams(sample)).isGreaterThan(5);
            assertThat(browser.script("return states.join()")).asString().doesNotContain("reconnecting");
        }
    }

    /** {@return how many streams have ended} */
    private static int streams(RunningSample sample) {
        return sample.api()
                .get("/actuator/metrics/http.server.requests?tag=uri:/api/events")
                .json()
                .at("/measurements/0/value")
                .intValue();
    }

    private static void emit(QmpServer server, int from, int to) {
        for (int i = from; i < to; i++) {
            server.emit(QmpEvent.of("COUNT", QmpJson.object().put("number", i)));
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Long> seen(Browser browser) {
        return (List<Long>)
                browser.asyncScript(
                        """
                const [done] = arguments;
                import('/js/events.js').then(({remembered}) => done(
                    remembered().filter((entry) => entry.event === 'COUNT').map((entry) => entry.data.number)));
                """);
    }
}
