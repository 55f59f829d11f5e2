package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.Readability;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages show how a machine ended, since when it is down, and when the next attempt to connect is. */
@RequiresTool(Tool.BROWSER)
class OutageIntegrationTests {

    private static final String CARD = ".card[data-name=vm1] ";

    @TempDir
    private Path directory;

    private QmpServer serve() {
        return QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                .handler("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)))
                .start();
    }

    @Test
    void howAMachineEndedAndWhenTheNextAttemptIs() throws Exception {
        QmpServer server = serve();
        try (RunningSample sample = new RunningSample(
                        "--qmp.connection.vm1.address=" + server.endpoint(),
                        "--qmp.defaults.reconnect.initial-delay=40s",
                        "--qmp.defaults.reconnect.max-delay=40s",
                        "--qmp.defaults.reconnect.jitter=0");
                Browser browser = new Browser()) {
            browser.open(sample.page(""));
            browser.awaitText(CARD + ".word", "running");
            assertThat(browser.find(CARD + ".next").isDisplayed()).isFalse();
            server.emit(
                    QmpEvent.of("SHUTDOWN", QmpJson.object().put("guest", true).put("reason", "guest-shutdown")));
            server.close();

            browser.awaitText(CARD + ".word", "shut down");
            browser.awaitText(CARD + ".ended", "Shut down by the guest at ");
            browser.awaitText(CARD + ".ended", "(guest-shutdown)");
            await().untilAsserted(() ->
                    assertThat(browser.text(CARD + ".facts")).matches("(?s).*down \\d+ s.*retry in \\d+ s"));
            assertCountsDownInPlace(browser, CARD);
            assertThat(Readability.complaints(browser)).isEmpty();

            browser.open(sample.page("vm/vm1"));
            browser.awaitText(".machine .word", "shut down");
            browser.awaitText(".machine .facts", "Last endShut down by the guest at ");
            browser.awaitText(".machine .facts", "Next attemptin ");
            assertThat(browser.text(".machine .facts")).containsPattern("Stateidle, down for \\d+ s");
            assertCountsDownInPlace(browser, ".machine .panel ");

            try (QmpServer again = serve()) {
                browser.awaitText(".machine .word", "running");
                assertThat(again.hasClient()).isTrue();
                assertThat(browser.all(".machine .facts dt"))
                        .filteredOn(term ->
                                List.of("Last end", "Reason", "Next attempt").contains(term.getText()))
                        .isEmpty();
            }
        } finally {
            server.close();
        }
    }

    /** A page without a session has no live hardware. */
    @Test
    void theHardwareOfAMachineThatIsDownIsNotShown() throws Exception {
        QmpServer server = serve();
        server.handle(
                "query-memory-size-summary", CommandHandler.returning(Map.of("base-memory", 7L * 1024 * 1024 * 1024)));
        try (RunningSample sample = new RunningSample("--qmp.connection.vm1.address=" + server.endpoint());
                Browser browser = new Browser()) {
            browser.open(sample.page("vm/vm1"));
            browser.awaitText(".tables", "7 GiB");
            server.close();
            browser.awaitText(".tables", "no session");
            assertThat(browser.text(".tables")).doesNotContain("7 GiB");
        } finally {
            server.close();
        }
    }

    /** The number changes, and nothing around it moves. */
    private static void assertCountsDownInPlace(Browser browser, String place) {
        Map<?, ?> seen = (Map<?, ?>) browser.asyncScript(
                """
                const [place, done] = arguments;
                const next = document.querySelector(`${place} .next`);
                const texts = new Set();
                const places = new Set();
                const look = () => {
                  texts.add(next.textContent);
                  const box = next.closest('.card, .panel').getBoundingClientRect();
                  places.add([box.x, box.y, box.width, box.height, next.getBoundingClientRect().y].join());
                  if (texts.size < 4) setTimeout(look, 50);
                  else done({ texts: [...texts], places: places.size });
                };
                look();
                """,
                place);
        assertThat(seen.get("places")).isEqualTo(1L);
        assertThat((List<?>) seen.get("texts")).hasSize(4).isSortedAccordingTo((a, b) -> number(b) - number(a));
    }

    private static int number(Object text) {
        return Integer.parseInt(String.valueOf(text).replaceAll("[^0-9]", ""));
    }
}
