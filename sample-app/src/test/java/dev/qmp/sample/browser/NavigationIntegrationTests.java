package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** Ways through the pages, and back. */
@RequiresTool(Tool.BROWSER)
class NavigationIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

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

    @Test
    void keepsWhatWasSaidInTheConsole() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "commands");
        browser.type("query-status", Keys.ENTER);
        browser.awaitText(".replies li:last-child .json", "running");
        browser.find("#vm").sendKeys(Keys.ARROW_DOWN);
        await().atMost(SOON).until(() -> "#/console/vm2".equals(browser.script("return location.hash")));
        assertThat(browser.all(".replies li")).hasSize(1);
        assertThat((String) browser.script("return document.activeElement.id")).isEqualTo("vm");
        browser.click("nav [data-page=wall]");
        browser.find(".card");
        browser.click("nav [data-page=console]");
        browser.find("#line");
        assertThat(browser.all(".replies li")).hasSize(1);
        browser.type("query-name", Keys.ENTER);
        browser.awaitText(".replies li:last-child .json", "vm2");
    }

    @Test
    void movesTheFocusAlong() {
        browser.open(sample.page("events"));
        browser.find(".log");
        browser.type(Keys.TAB, Keys.ENTER);
        assertThat(focus()).isEqualTo("H1 Events");
        assertThat((String) browser.script("return location.hash")).isEqualTo("#/events");
        browser.type("w");
        browser.find(".card");
        assertThat(focus()).isEqualTo("H1 Machines");
    }

    @Test
    void letsTheKeyboardOutOfTheCommandLine() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "commands");
        browser.type("query-status", Keys.TAB);
        assertThat(focus()).isEqualTo("BUTTON Send");
    }

    private String focus() {
        return (String)
                browser.script("return document.activeElement.tagName + ' ' + document.activeElement.textContent");
    }

    @Test
    void saysWhichMachineWentDown() {
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".machine .word", "running");
        browser.click("[data-action=quit]");
        browser.click("dialog button.danger");
        browser.awaitText("#news", "vm1 down");
        await().atMost(SOON).until(() -> "true"
                .equals(browser.find("[data-action=screenshot]").getAttribute("aria-disabled")));
    }

    @Test
    void asksBeforeAReset() throws Exception {
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".machine .word", "running");
        browser.click("[data-action=reset]");
        browser.awaitText("dialog h2", "Reset vm1?");
        browser.click("dialog button:not(.danger)");
        await().atMost(SOON).until(() -> browser.all("dialog").isEmpty());
        sample.api().execute("system_powerdown");
        browser.awaitText(".log", "POWERDOWN");
        assertThat(browser.text(".log")).doesNotContain("RESET");
    }

    /** The target node of a trial remains if no page is open at the end of the copy. */
    @Test
    void startsATrialAgainAfterTheFirstEndedUnseen() throws Exception {
        browser.open(sample.page("vm/vm1"));
        browser.click("[data-action=trial][aria-disabled=false]");
        browser.find("[data-job=trial-copy]");
        browser.click("nav [data-page=wall]");
        browser.find(".card");
        cancelTrial();
        browser.click(".card[data-name=vm1] h2 a");
        browser.click("[data-action=trial][aria-disabled=false]");
        browser.find("[data-job=trial-copy]");
        cancelTrial();
        browser.awaitText(".ended", "cancelled");
    }

    private void cancelTrial() {
        Map<String, ?> message = Map.of("execute", "job-cancel", "arguments", Map.of("id", "trial-copy"));
        assertThat(sample.api().execute(message).status()).isEqualTo(200);
    }

    /** The last state of the machines is old, and must not look live. */
    @Test
    void saysThatThereIsNoContact() throws Exception {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        sample.close();
        browser.awaitText(".card .word", "no contact");
        assertThat(browser.text(".card .facts")).contains("no contact since");
        assertThat(browser.all(".card[data-kind=good], .card button:not([aria-disabled=true])"))
                .isEmpty();
    }

    @Test
    void holdsTheListOfEventsWhilePaused() throws Exception {
        browser.open(sample.page("events"));
        sample.api().execute("stop");
        browser.awaitText(".log", "STOP");
        browser.click(".filters button");
        browser.awaitText(".summary", "paused");
        Object newest = browser.script("return document.querySelector('.log time').textContent");
        String tally = browser.text(".summary");
        sample.api().execute("cont");
        await().atMost(SOON).until(() -> !browser.text(".summary").equals(tally));
        browser.find("#by-name").sendKeys("S", Keys.BACK_SPACE);
        assertThat(browser.script("return document.querySelector('.log time').textContent"))
                .isEqualTo(newest);
        assertThat(browser.text(".log")).doesNotContain("RESUME");
        browser.click(".filters button");
        browser.awaitText(".log", "RESUME");
    }
}
