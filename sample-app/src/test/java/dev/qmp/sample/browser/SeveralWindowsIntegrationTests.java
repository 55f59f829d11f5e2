package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.testing.FreePort;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A browser has six connections to a server, however many windows are open. */
@RequiresTool(Tool.BROWSER)
class SeveralWindowsIntegrationTests {

    private static final int WINDOWS = 8;

    private RunningSample sample;
    private Browser browser;

    @BeforeEach
    void start() throws Exception {
        sample = new RunningSample("--sample.vms=2");
        browser = new Browser();
    }

    @AfterEach
    void stop() throws Exception {
        browser.close();
        sample.close();
    }

    private void openAll() {
        browser.open(sample.page("events"));
        while (browser.windows().size() < WINDOWS) {
            browser.openWindow(sample.page("events"));
        }
    }

    private void assertAllSee(String event) {
        for (String window : browser.windows()) {
            browser.use(window);
            browser.awaitText(".live", "live");
            browser.awaitText(".log", event);
        }
    }

    @Test
    void input52EightWindowsShareOneStream() {
        openAll();
        sample.api().execute("stop");
        assertAllSee("STOP");
        for (String window : browser.windows()) {
            browser.use(window);
            assertThat(browser.script("return performance.getEntriesByType('resource')"
                            + ".filter((entry) => entry.name.includes('/api/events')).length"))
                    .isEqualTo(0L);
        }
    }

    @Test
    void input52TheOthersGoOnWhenTheFirstWindowCloses() {
        browser.open(sample.page("events"));
        String first = browser.window();
        browser.openWindow(sample.page("events"));
        browser.awaitText(".live", "live");
        browser.use(first);
        browser.closeWindow();
        Set<String> rest = browser.windows();
        browser.use(rest.iterator().next());
        sample.api().execute("stop");
        assertAllSee("STOP");
    }

    /** The port is the same, and so is the address that the worker reads from. */
    @Test
    void input52AllGoOnWhenTheServerRestarts() {
        int port = FreePort.find(); // no client takes it meanwhile, as one of the system's choice
        sample.close();
        sample = new RunningSample("--sample.vms=2", "--server.port=" + port);
        browser.open(sample.page("events"));
        browser.openWindow(sample.page("events"));
        sample.close();
        browser.awaitText(".live", "reconnecting");
        sample = new RunningSample("--sample.vms=2", "--server.port=" + port);
        browser.awaitText(".live", "live");
        sample.api().execute("stop");
        assertAllSee("STOP");
    }

    @Test
    void input52ABrowserWithoutSharedWorkersHasAStreamForEachWindow() {
        browser.open(sample.page("events"));
        browser.awaitText(".live", "live");
        sample.api().execute("stop");
        Object seen = browser.asyncScript(
                """
                const done = arguments[0];
                Object.defineProperty(window, 'SharedWorker', {value: undefined});
                Object.defineProperty(window, 'trustedTypes', {value: undefined});
                import('/js/shared-stream.js?alone').then(({SharedStream}) => {
                  const stream = new SharedStream({
                    onentries: (entries) => entries.some((entry) => entry.event === 'STOP') && done(Boolean(stream.own)),
                    onstate: () => {},
                  });
                  stream.open();
                });
                """);
        assertThat(seen).isEqualTo(true);
    }
}
