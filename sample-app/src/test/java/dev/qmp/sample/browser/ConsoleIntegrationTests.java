package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.Readability;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.spring.QmpClients;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** The pages, with three embedded machines. */
@RequiresTool(Tool.BROWSER)
class ConsoleIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    private static RunningSample sample;
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        sample = new RunningSample("--sample.vms=3");
        browser = new Browser();
    }

    @AfterAll
    static void stop() throws Exception {
        browser.close();
        sample.close();
    }

    /** Nothing the page does may be a fault, or against its own security policy. */
    @AfterEach
    void hasNothingToComplainOf() {
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void showsEveryMachineOnTheWall() throws Exception {
        browser.open(sample.page(""));
        for (String name : new String[] {"vm1", "vm2", "vm3"}) {
            browser.awaitText(card(name) + " .word", "running");
            await().atMost(SOON).until(() -> browser.colours(card(name) + " canvas") > 10);
            browser.awaitText(card(name) + " .facts", "QEMU 7.2.22");
        }
        browser.click(card("vm3") + " button[data-action=pause]");
        browser.awaitText(card("vm3") + " .word", "paused");
        browser.awaitText(".summary", "2 running");
        browser.settle();
        browser.picture("wall");
        browser.click("#theme");
        browser.picture("wall-dark");
        browser.click("#theme");
        browser.click(card("vm3") + " button[data-action=resume]");
        browser.awaitText(card("vm3") + " .word", "running");
    }

    @ParameterizedTest(name = "#/{0}")
    @CsvSource({"'', .card .facts", "vm/vm1, .tables td", "events, .log li", "console/vm1, .target option"})
    void canBeReadByEverybodyInLightAndDark(String page, String sign) {
        browser.open(sample.page(page));
        browser.find(sign);
        assertThat(Readability.complaints(browser)).isEmpty();
        browser.click("#theme");
        assertThat(Readability.complaints(browser)).isEmpty();
        browser.click("#theme");
    }

    @Test
    void letsMachinesAppearAndVanish() {
        browser.open(sample.page(""));
        browser.find(card("vm1"));
        QmpClients clients = sample.bean(QmpClients.class);
        clients.add("guest<b>", "unix:/nonexistent/vm.qmp");
        browser.find(".card[data-name='guest<b>']");
        browser.awaitText(".card[data-name='guest<b>'] .word", "down");
        browser.awaitText(".card[data-name='guest<b>'] .trouble", "does not exist");
        clients.remove("guest<b>").join();
        await().atMost(SOON).until(() -> browser.all(".card").size() == 3);
    }

    @Test
    void quitsAndPowersOnAMachine() {
        browser.open(sample.page("vm/vm2"));
        browser.awaitText(".machine .word", "running");
        browser.click("[data-action=quit]");
        browser.click("dialog button.danger");
        browser.awaitText(".machine .word", "powered off");
        browser.click("[data-action=power]");
        browser.awaitText(".machine .word", "running");
        // queries of the page were refused while the machine was going off
        assertThat(browser.complaints()).allSatisfy(line -> assertThat(line).containsPattern("vm2/.*status of 50[23]"));
    }

    @Test
    void showsOneMachineWholeAndItsJobs() throws Exception {
        browser.size(1280, 1240);
        browser.open(sample.page("vm/vm1"));
        browser.awaitText(".tables", "virtio-net-pci.0");
        browser.awaitText(".tables", "disk0");
        browser.settle();
        await().atMost(SOON).until(() -> browser.colours(".machine canvas") > 10);
        browser.click("[data-action=screenshot]");
        browser.find(".screenshots img");
        browser.click("[data-action=trial][aria-disabled=false]");
        browser.find("[data-job=trial-copy] progress");
        await().atMost(SOON)
                .until(() -> ((Number)
                                        browser.script(
                                                "return document.querySelector('[data-job=trial-copy] progress')?.position ?? 1"))
                                .doubleValue()
                        > 0.3);
        browser.picture("machine");
        await().atMost(SOON).until(() -> browser.all("[data-job=trial-copy]").isEmpty());
        browser.awaitText(".log", "BLOCK_JOB_COMPLETED");
        browser.size(1280, 800);
    }

    @Test
    void takesACommandByKeyboardAlone() throws Exception {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "commands");
        browser.type("query-sta", Keys.TAB, Keys.ENTER);
        browser.awaitText(".replies li:last-child .json", "\"running\"");
        browser.type("screend", Keys.TAB, "for", Keys.TAB);
        browser.awaitText(".hints .current", "format=");
        browser.type(Keys.ENTER);
        browser.awaitText(".fault", "format is one of");
        assertThat(browser.find("#line").getAttribute("aria-invalid")).isEqualTo("true");
        browser.type(
                "p",
                Keys.ARROW_DOWN,
                Keys.ENTER,
                "dev",
                Keys.TAB,
                "nowhere ",
                "filename=/nonexistent/x.png",
                Keys.ENTER);
        browser.awaitText(".replies li:last-child .error", "DeviceNotFound");
        assertThat(browser.text(".replies li:last-child .time")).endsWith(" ms");
        browser.type(Keys.ARROW_UP);
        assertThat((String) browser.script("return document.getElementById('line').value"))
                .startsWith("screendump");
        browser.script("document.getElementById('line').value = ''");
        browser.type("query-cpus-fast", Keys.ENTER);
        browser.awaitText(".replies li:last-child .json", "qom-path");
        browser.type("blockdev-backup ", "device=disk0 ", "sync=");
        browser.find("#choices li");
        browser.picture("console");
        assertThat(browser.complaints()).allSatisfy(line -> assertThat(line).contains("422"));
    }

    @Test
    void marksBadJsonBeforeItIsSent() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "commands");
        browser.type("{\"execute\": }");
        browser.awaitText(".fault", "not JSON");
        browser.type(Keys.ENTER);
        assertThat(browser.all(".replies li")).isEmpty();
    }

    /** The line of another machine must not be checked by the schema of the one before. */
    @Test
    void aMachineThatIsDownHasNotTheSchemaOfAnother() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "commands");
        browser.type("nonsense", Keys.ENTER);
        browser.awaitText(".fault", "this machine has no command nonsense");
        QmpClients clients = sample.bean(QmpClients.class);
        clients.add("other", "unix:/nonexistent/other.qmp");
        try {
            browser.find("#vm option[value=other]");
            turnTo("other");
            browser.awaitText(".console .summary", "down");
            assertThat(browser.text(".fault")).isEmpty();
            turnTo("vm1");
            browser.awaitText(".console .summary", "commands");
            browser.awaitText(".fault", "this machine has no command nonsense");
        } finally {
            clients.remove("other").join();
        }
    }

    private static void turnTo(String machine) {
        browser.script(
                "const vm = document.getElementById('vm'); vm.value = arguments[0]; vm.dispatchEvent(new Event('change'))",
                machine);
    }

    @Test
    void followsEventsAndFiltersThem() throws Exception {
        browser.open(sample.page("events"));
        browser.find(".log li");
        browser.find("#by-vm").sendKeys("vm1");
        sample.api().execute("system_reset");
        sample.api().execute("stop");
        sample.api().execute("cont");
        sample.api().execute("system_powerdown");
        browser.awaitText(".log", "POWERDOWN");
        assertThat(browser.all(".log .vm"))
                .allSatisfy(name -> assertThat(name.getText()).isEqualTo("vm1"));
        browser.picture("events");
        browser.find("#by-name").sendKeys("STOP");
        await().atMost(SOON).untilAsserted(() -> assertThat(browser.all(".log .name"))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(name.getText()).contains("STOP")));
        browser.click(".filters button");
        browser.awaitText(".summary", "paused");
    }

    private static String card(String name) {
        return ".card[data-name=" + name + "]";
    }
}
