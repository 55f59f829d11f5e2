package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.Readability;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    /** Starts copies with one byte a second from now on, so that no copy ends by itself. */
    private void slowCopies() {
        browser.script(
                """
                const real = window.fetch;
                window.fetch = (path, options) => {
                  const body = options?.body?.replace(/"speed":\\d+/, '"speed":1');
                  return real(path, body ? {...options, body} : options);
                };
                """);
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

    @Test
    void theButtonOfATrialKeepsTheFocusWhileTheCopyRuns() {
        slowCopies();
        browser.find("[data-action=trial][aria-disabled=false]");
        focus("trial");
        for (int i = 0; i < 2; i++) {
            browser.type(Keys.ENTER);
            browser.find("[data-job=trial-copy] button:nth-of-type(2)");
            browser.find("[data-action=trial][aria-disabled=true]");
            awaitFocus("trial");
            assertThat(Readability.complaints(browser)).isEmpty();
            Map<String, ?> cancel = Map.of("execute", "job-cancel", "arguments", Map.of("id", "trial-copy"));
            assertThat(sample.api().execute(cancel).status()).isEqualTo(200);
            browser.find("[data-action=trial][aria-disabled=false]");
            awaitFocus("trial");
        }
    }

    @Test
    void theFocusStaysInThePanelOfJobsWhenAJobEnds() {
        slowCopies();
        browser.click("[data-action=trial][aria-disabled=false]");
        browser.find("[data-job=trial-copy] button:nth-of-type(3)");
        browser.script("document.querySelector('[data-job=trial-copy] button:nth-of-type(3)').focus()");
        browser.type(Keys.ENTER);
        browser.awaitText(".ended", "cancelled");
        await().atMost(SOON).until(() -> browser.all("[data-job=trial-copy]").isEmpty());
        assertThat(browser.script("return document.activeElement.ariaLabel")).isEqualTo("Jobs");
        browser.type(Keys.TAB);
        assertThat(focused()).isEqualTo("trial");
    }

    /** The button that cancels asks no question, so it takes the focus only from the user. */
    @Test
    void theFocusMovesToAnotherButtonOfAJobButNeverToCancel() {
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        import('/js/job-item.js').then(async ({JobItem}) => {
                          const panel = document.querySelector('.panel[aria-label=Jobs]');
                          const item = new JobItem('job0', () => {});
                          panel.append(item.element);
                          const seen = [];
                          for (const status of ['ready', 'pending', 'running', 'waiting', 'concluded', 'aborting']) {
                            if (status === 'concluded') item.cancel.focus();
                            item.update({id: 'job0', type: 'mirror', status, 'current-progress': 0, 'total-progress': 1});
                            if (status === 'ready') item.next.focus();
                            // a browser takes the focus from a hidden element when it draws
                            for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
                            seen.push(document.activeElement.ariaLabel ?? document.activeElement.textContent);
                          }
                          item.remove();
                          done(seen);
                        });
                        """))
                .isEqualTo(List.of("Complete", "Finalize", "Pause", "Jobs", "Dismiss", "Jobs"));
    }

    @Test
    void aKeyThatIsPressedAgainExecutesNotTheNextCommandOfAJob() {
        browser.open(sample.page("vm/vm1"));
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        import('/js/job-item.js').then(({JobItem}) => {
                          const commands = [];
                          const item = new JobItem('job0', (command) => commands.push(command));
                          for (const status of ['ready', 'pending', 'concluded']) {
                            item.update({id: 'job0', type: 'mirror', status, 'current-progress': 0, 'total-progress': 1});
                            item.next.click();
                          }
                          setTimeout(() => {
                            item.next.click();
                            done(commands);
                          }, 1100);
                        });
                        """))
                .isEqualTo(List.of("job-complete", "job-dismiss"));
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"n\":1}', 'SUMMARY 200: {1} {\"n\":1}', 'SUMMARY 400: {1} {\"n\":1}'",
        "1,           DIV 200: 1,                   DIV 400: 1"
    })
    void theFirstRowThatFollowsInALongReplyTakesTheFocus(String row, String after200, String atTheEnd) {
        browser.asyncScript(
                """
                const [row, done] = arguments;
                import('/js/json-view.js').then(({jsonView}) => {
                  const view = jsonView(Array(450).fill(JSON.parse(row)));
                  document.getElementById('view').append(view);
                  const branch = view.querySelector('details');
                  branch.addEventListener('toggle', () => { branch.lastChild.focus(); done(); });
                  branch.open = true;
                });
                """,
                row);
        assertThat(focusedRow()).isEqualTo("BUTTON 250 more");
        browser.type(Keys.ENTER);
        assertThat(focusedRow()).isEqualTo(after200);
        browser.script("[...document.querySelectorAll('.json button')].at(-1).focus()");
        browser.type(Keys.ENTER);
        assertThat(focusedRow()).isEqualTo(atTheEnd);
    }

    private String focusedRow() {
        return (String) browser.script(
                "return document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()");
    }
}
