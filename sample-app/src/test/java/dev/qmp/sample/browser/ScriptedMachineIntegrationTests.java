package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** The pages, with a machine that this test controls. It records the commands that it receives. */
@RequiresTool(Tool.BROWSER)
class ScriptedMachineIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private static Path directory;

    private static QmpServer server;
    private static RunningSample sample;
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        server = QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                .handler("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)))
                .handler("quit", command -> QmpJson.object())
                .handler("x-overtake", command -> QmpJson.object().put("overtaken", true))
                .handler("screendump", command -> {
                    throw new CommandRejection("There is no console to take a screendump from");
                })
                .start();
        sample = new RunningSample("--qmp.connection.vm1.address=" + server.endpoint());
        browser = new Browser();
    }

    @AfterAll
    static void stop() throws Exception {
        browser.close();
        sample.close();
        server.close();
    }

    @Test
    void saysThatAMachineHasNoDisplay() {
        browser.open(sample.page(""));
        browser.awaitText(".card[data-name=vm1] .message", "no screen: ");
        browser.awaitText(".card[data-name=vm1] .message", "There is no console to take a screendump from");
    }

    @Test
    void sendsACommandOutOfBandIfTheBoxIsChecked() {
        browser.open(sample.page("console/vm1"));
        await().atMost(SOON).until(() -> browser.find("#oob").isEnabled());
        browser.click("#oob");
        browser.click("#line");
        browser.type("{\"exec-oob\": \"x-overtake\"}", Keys.ENTER);
        browser.awaitText(".replies li:last-child .json", "overtaken");
        assertThat(browser.text(".replies li:last-child .chip")).isEqualTo("out-of-band");
        assertThat(server.received())
                .filteredOn(command -> command.name().equals("x-overtake"))
                .singleElement()
                .satisfies(command -> assertThat(command.isOutOfBand()).isTrue());
    }

    /** Otherwise later events push a row away while it is read. */
    @Test
    void aRowThatIsOpenStaysWhileTheEventsOfAMachineArePaused() {
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".machine .word", "running");
        server.emit(QmpEvent.of("READ_ME", QmpJson.object().put("text", "a long story")));
        browser.awaitText(".log", "READ_ME");
        browser.click(".log .qmp summary");
        browser.awaitText(".log .json", "a long story");
        browser.click("h2 > [aria-pressed]");
        for (int i = 0; i < 100; i++) {
            server.emit(QmpEvent.of("LATER", QmpJson.object().put("number", i)));
        }
        await().atMost(SOON)
                .until(() -> ((Number)
                                        browser.asyncScript(
                                                """
                                const done = arguments[0];
                                import('/js/events.js').then(({remembered}) =>
                                    done(remembered().filter((entry) => entry.event === 'LATER').length));
                                """))
                                .intValue()
                        == 100);
        assertThat(browser.find(".log .qmp details[open]").isDisplayed()).isTrue();
        assertThat(browser.text(".log")).contains("READ_ME").doesNotContain("LATER");
        browser.click("h2 > [aria-pressed]");
        browser.awaitText(".log", "LATER");
        assertThat(browser.text(".log")).doesNotContain("READ_ME");
    }

    @Test
    void doesNotQuitAMachineUnlessTheAnswerIsYes() {
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".machine .word", "running");
        browser.click("[data-action=quit]");
        browser.find("dialog[open]");
        browser.type(Keys.ESCAPE);
        await().atMost(SOON).until(() -> browser.all("dialog[open]").isEmpty());
        browser.click("[data-action=quit]");
        browser.click("dialog button:not(.danger)");
        await().atMost(SOON).until(() -> browser.all("dialog[open]").isEmpty());
        assertThat(server.received()).extracting(QmpCommand::name).doesNotContain("quit");
        browser.click("[data-action=quit]");
        browser.click("dialog button.danger");
        // the page sends in order, so the one of the last answer comes after any of the others
        await().atMost(SOON).untilAsserted(() -> assertThat(server.received())
                .extracting(QmpCommand::name)
                .filteredOn("quit"::equals)
                .hasSize(1));
    }
}
