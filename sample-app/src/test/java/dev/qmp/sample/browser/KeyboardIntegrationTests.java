package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.Readability;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** A button that changes or waits keeps the focus. Without it, a user of the keyboard begins at the top again. */
@RequiresTool(Tool.BROWSER)
class KeyboardIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    private RunningSample sample;
    private Browser browser;

    @BeforeEach
    void start() throws Exception {
        sample = new RunningSample();
        browser = new Browser();
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".machine .word", "running");
    }

    @AfterEach
    void stop() throws Exception {
        browser.close();
        sample.close();
    }

    private void focus(String action) {
        browser.script("document.querySelector(arguments[0]).focus()", "[data-action=" + action + "]");
        assertThat(focused()).isEqualTo(action);
    }

    private Object focused() {
        return browser.script("return document.activeElement.dataset.action ?? document.activeElement.tagName");
    }

    private void awaitFocus(String action) {
        await().atMost(SOON).untilAsserted(() -> assertThat(focused()).isEqualTo(action));
    }

    @Test
    void theButtonThatPausesAMachineResumesIt() {
        focus("pause");
        browser.type(Keys.ENTER);
        browser.awaitText(".machine .word", "paused");
        awaitFocus("resume");
        browser.type(Keys.ENTER);
        browser.awaitText(".machine .word", "running");
        awaitFocus("pause");
    }

    @Test
    void theFocusFollowsThePowerOfAMachine() {
        focus("quit");
        browser.type(Keys.ENTER);
        browser.find("dialog[open]");
        browser.type(Keys.TAB, Keys.ENTER);
        browser.awaitText(".machine .word", "powered off");
        awaitFocus("power");
        assertThat(Readability.complaints(browser)).isEmpty();
        browser.type(Keys.ENTER);
        browser.awaitText(".machine .word", "running");
        awaitFocus("pause");
        assertThat(browser.find("[data-action=pause]").getAttribute("aria-disabled"))
                .isEqualTo("false");
    }

    @Test
    void aScreenshotCanFollowAnother() {
        focus("screenshot");
        for (int i = 1; i <= 2; i++) {
            int pictures = i;
            browser.type(Keys.ENTER);
            await().atMost(SOON).until(() -> browser.all(".screenshots img").size() == pictures);
            awaitFocus("screenshot");
        }
    }

    @Test
    void aButtonThatCannotBeUsedDoesNothing() {
        browser.click("[data-action=quit]");
        browser.click("dialog button.danger");
        browser.awaitText(".machine .word", "powered off");
        browser.script("window.sent = []; const real = window.fetch;"
                + " window.fetch = (path, options) => { sent.push(path); return real(path, options); }");
        for (String action : new String[] {"pause", "reset", "quit", "screenshot"}) {
            assertThat(browser.find("[data-action=" + action + "]").getAttribute("aria-disabled"))
                    .as(action)
                    .isEqualTo("true");
            browser.click("[data-action=" + action + "]");
        }
        assertThat(browser.all("dialog, .toast.bad")).isEmpty();
        assertThat(browser.script("return sent.filter((path) => path.includes('/execute') || path.includes('/screen'))"
                        + ".length"))
                .isEqualTo(0L);
    }
}
