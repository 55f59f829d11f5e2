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
import dev.qmp.spring.QmpClients;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** The pages on small screens and in bad times: a machine that is down, one that is frozen, one that does not obey. */
@RequiresTool(Tool.BROWSER)
class EverydayIntegrationTests {

    @TempDir
    private static Path directory;

    private static QmpServer server;
    private static RunningSample sample;
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        server = QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp"))).start();
        server.handle("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)));
        server.handle("system_powerdown", command -> QmpJson.object());
        server.handle("human-monitor-command", command -> QmpJson.toTree("VM status: running\r\n  second line\r\n"));
        sample = new RunningSample("--qmp.connection.vm1.address=" + server.endpoint());
        sample.bean(QmpClients.class).add("db-primary", "unix:/run/no-such-folder-with-a-long-name/db-primary.qmp");
        browser = new Browser();
    }

    @AfterAll
    static void stop() throws Exception {
        browser.close();
        sample.close();
        server.close();
    }

    @ParameterizedTest(name = "#/{0} at {2} px")
    @CsvSource({
        "'', .card .facts, 390",
        "'', .card .facts, 320",
        "vm/vm1, .machine .facts, 390",
        "vm/vm1, .machine .facts, 320",
        "vm/db-primary, .machine .facts, 320",
        "events, .log li, 390",
        "events, .log li, 320",
        "console/vm1, .target option, 390",
        "console/vm1, .target option, 320",
    })
    void input55NothingScrollsSidewaysAndLabelsStayWithTheirFields(String page, String sign, int width) {
        browser.emulate(width, 700);
        try {
            browser.open(sample.page(page));
            browser.find(sign);
            assertThat((Boolean) browser.script("return document.documentElement.scrollWidth <= innerWidth"))
                    .isTrue();
            assertThat(
                            browser.script(
                                    """
                            return [...document.querySelectorAll('button, a, input, select')]
                              .filter((e) => e.checkVisibility() && !e.closest('.scroll, .skip'))
                              .filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML);
                            """))
                    .isEqualTo(List.of());
            assertThat(
                            browser.script(
                                    """
                            return [...document.querySelectorAll('label[for]')].filter((label) => {
                              const a = label.getBoundingClientRect();
                              const b = document.getElementById(label.htmlFor).getBoundingClientRect();
                              return a.bottom <= b.top || b.bottom <= a.top;
                            }).map((label) => label.textContent);
                            """))
                    .isEqualTo(List.of());
        } finally {
            browser.endEmulation();
        }
    }

    @Test
    void input56TheReasonOnADownCardIsReadWhole() {
        browser.open(sample.page(""));
        String reason = ".card[data-name=db-primary] .trouble";
        browser.awaitText(reason, "does not exist");
        assertThat((Boolean) browser.script(
                        """
                        const e = document.querySelector(arguments[0]);
                        const inner = e.getBoundingClientRect();
                        const outer = e.closest('.card').getBoundingClientRect();
                        return e.scrollHeight <= e.clientHeight + 1 && inner.bottom <= outer.bottom
                            && inner.top >= e.closest('.card').querySelector('.screen').getBoundingClientRect().bottom - 1;
                        """,
                        reason))
                .isTrue();
    }

    @Test
    void input57AMachineThatIsDownIsOneRow() {
        browser.open(sample.page("events"));
        browser.find("#by-name").sendKeys("connect");
        browser.awaitText(".log", "cannot connect");
        await().until(() -> sample.bean(QmpClients.class)
                        .find("db-primary")
                        .orElseThrow()
                        .status()
                        .reconnectAttempts()
                > 4);
        assertThat(browser.all(".log .runstate .vm"))
                .filteredOn(name -> name.getText().equals("db-primary"))
                .hasSize(1);
    }

    @Test
    void input60AFrozenMachineDoesNotLookAlive() {
        browser.open(sample.page(""));
        browser.awaitText(".card[data-name=vm1] .word", "running");
        CountDownLatch thawed = new CountDownLatch(1);
        server.handle("query-status", command -> {
            thawed.await();
            return QmpJson.object().put("status", "running").put("running", true);
        });
        try {
            browser.awaitText(".card[data-name=vm1] .word", "not answering");
            browser.awaitText(".card[data-name=vm1] .trouble", "not answering since");
            assertThat(Readability.complaints(browser)).isEmpty();
        } finally {
            thawed.countDown();
            server.handle("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)));
        }
        browser.awaitText(".card[data-name=vm1] .word", "running");
    }

    @Test
    void input53NoLetterLeavesThePageWhereOneTypes() {
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".machine .word", "running");
        browser.click(".machine .screen");
        browser.type("wec?");
        assertThat(browser.script("return location.hash")).isEqualTo("#/vm/vm1");
        assertThat(browser.all("dialog")).isEmpty();
    }

    @Test
    void input53TheLettersCanBeSwitchedOff() {
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".machine .word", "running");
        browser.click("#keys");
        browser.click("#shortcuts");
        browser.click("dialog .buttons button");
        browser.click("h1");
        browser.find("body").sendKeys("e?");
        assertThat(browser.script("return location.hash")).isEqualTo("#/vm/vm1");
        assertThat(browser.all("dialog")).isEmpty();
        browser.click("#keys");
        browser.click("#shortcuts");
        browser.click("dialog .buttons button");
        browser.find("body").sendKeys("e");
        browser.awaitText("h1", "Events");
    }

    @Test
    void input54AReplyOfSeveralLinesIsShownAsLines() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "no completion");
        browser.type("human-monitor-command command-line=\"info status\"", Keys.ENTER);
        browser.awaitText(".replies li:last-child pre", "VM status: running\n  second line");
        assertThat(browser.text(".replies li:last-child .json")).doesNotContain("\\r", "\\n");
    }

    @Test
    void input59TheCommandLineRefusesAKeyThatStandsTwice() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "no completion");
        browser.type("{\"execute\": \"query-status\", \"execute\": \"stop\"}", Keys.ENTER);
        browser.awaitText(".fault", "the key \"execute\" stands twice");
        browser.script("document.getElementById('line').value = ''");
        browser.type("x-set a=1 a=2", Keys.ENTER);
        browser.awaitText(".fault", "the argument a is given twice");
        browser.script("document.getElementById('line').value = ''");
        browser.type("x-set {\"a\": [{\"b\": 1, \"b\": 2}]}", Keys.ENTER);
        browser.awaitText(".fault", "the key \"b\" stands twice");
        assertThat(browser.all(".replies li")).isEmpty();
    }

    @Test
    void input61AnUnknownMachineHasNoButtons() {
        browser.open(sample.page("vm/nosuch"));
        browser.awaitText(".unknown", "404 There is no machine named “nosuch”");
        assertThat(browser.all("main button, main .button")).noneMatch(element -> element.isDisplayed());
        browser.open(sample.page("console/nosuch"));
        browser.awaitText(".console .summary", "no machine named “nosuch”");
        browser.type("query-status", Keys.ENTER);
        browser.awaitText(".fault", "choose a machine first");
    }

    @Test
    void input61APowerButtonThatTheGuestDoesNotObeyIsReported() {
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".machine .word", "running");
        browser.script(
                """
                const button = document.querySelector('[data-action=powerdown]');
                button.click();
                button.click(); // as by a double click
                """);
        browser.awaitText("#toasts", "power button pressed");
        browser.awaitText("#toasts", "does not obey the power button");
        assertThat(server.received())
                .filteredOn(command -> command.name().equals("system_powerdown"))
                .hasSize(1);
    }

    @Test
    void anEventsNumbersAreExact() {
        browser.open(sample.page("events"));
        browser.find(".log li");
        server.emit(QmpEvent.of("OFFSET", QmpJson.object().put("offset", 9007199254740993L)));
        browser.awaitText(".log", "{\"offset\":9007199254740993}");
    }

    @Test
    void input61EventsHaveADateAndTextHasContrastInEveryState() {
        browser.open(sample.page("events"));
        browser.find(".log li");
        assertThat(browser.text(".log time")).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:.*");
        for (String page : new String[] {"", "vm/db-primary", "vm/nosuch", "events"}) {
            browser.open(sample.page(page));
            browser.find("h1");
            browser.script(
                    """
                    const box = document.createElement('p');
                    for (const kind of ['good', 'calm', 'bad', 'idle']) {
                      const chip = document.createElement('span');
                      chip.className = `chip ${kind}`;
                      chip.textContent = kind;
                      box.append(chip);
                    }
                    document.querySelector('main').append(box);
                    """);
            assertThat(Readability.complaints(browser)).isEmpty();
            browser.click("#theme");
            assertThat(Readability.complaints(browser)).isEmpty();
            browser.click("#theme");
        }
    }
}
