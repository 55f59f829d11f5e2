package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpCommand;
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
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** A password that is typed into the console reaches the machine, and stays nowhere else. */
@RequiresTool(Tool.BROWSER)
class SecretsIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String SECRET = "hunter2";

    @TempDir
    private static Path directory;

    private static QmpServer server;
    private static RunningSample sample;
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        server = QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                .handler("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)))
                .handler("set_password", command -> QmpJson.object())
                .handler("object-add", command -> QmpJson.object())
                .handler("human-monitor-command", command -> QmpJson.toTree("done"))
                .handler("guest-set-user-password", command -> {
                    throw new CommandRejection("no such user");
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set_password protocol=vnc password=hunter2",
                "{\"execute\": \"object-add\", \"arguments\": {\"qom-type\": \"secret\", \"id\": \"s\", \"data\": \"hunter2\"}}",
                "human-monitor-command command-line=\"set_password vnc hunter2\"",
                "guest-set-user-password username=root password=hunter2 crypted=false",
            })
    void aSecretReachesTheMachineAndStaysNowhereElse(String line) {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "no completion");
        browser.click("#line");
        browser.type(line, Keys.ENTER);
        browser.awaitText(".replies li:last-child code", "***");
        await().atMost(SOON)
                .until(() -> browser.all(".replies li[data-outcome=pending]").isEmpty());
        assertThat(server.received())
                .extracting(QmpCommand::arguments)
                .anySatisfy(arguments -> assertThat(String.valueOf(arguments)).contains(SECRET));
        assertNothingIsKept();
        browser.type(Keys.ARROW_UP);
        assertThat(value()).doesNotContain(SECRET);
        browser.script("location.reload()");
        browser.awaitText(".console .summary", "no completion");
        assertNothingIsKept();
        assertThat(sample.api().get("/api/connections").text()).doesNotContain(SECRET);
    }

    @Test
    void aLineWithoutASecretIsRecalledAfterAReload() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "no completion");
        browser.type("x-nothing here=1", Keys.ENTER);
        browser.awaitText(".replies li:last-child code", "x-nothing here=1");
        browser.script("location.reload()");
        browser.awaitText(".console .summary", "no completion");
        browser.click("#line");
        browser.type(Keys.ARROW_UP);
        assertThat(value()).isEqualTo("x-nothing here=1");
    }

    /** A machine that does not answer must not leave a password on the screen for as long. */
    @Test
    void aCommandThatIsUnderWayShowsNoSecret() {
        CountDownLatch answered = new CountDownLatch(1);
        server.handle("x-slow", command -> {
            answered.await();
            return QmpJson.object();
        });
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "no completion");
        browser.type("x-slow passphrase=hunter2", Keys.ENTER);
        browser.awaitText(".replies li[data-outcome=pending] code", "***");
        assertThat(browser.text("main")).doesNotContain(SECRET);
        answered.countDown();
        await().atMost(SOON)
                .until(() -> browser.all(".replies li[data-outcome=pending]").isEmpty());
    }

    @Test
    void anOldHistoryIsRemovedFromTheBrowser() {
        browser.open(sample.page(""));
        browser.find("h1");
        browser.script("localStorage.setItem('qmp-history', JSON.stringify(['set_password password=hunter2']))");
        browser.open(sample.page(""));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(browser.script("return localStorage.getItem('qmp-history')"))
                        .isNull());
    }

    private static void assertNothingIsKept() {
        assertThat(
                        (String)
                                browser.script(
                                        """
                        return document.documentElement.outerHTML + document.getElementById('line').value + location.href
                            + document.title + JSON.stringify(history.state) + JSON.stringify({...localStorage})
                            + JSON.stringify({...sessionStorage});
                        """))
                .doesNotContain(SECRET);
    }

    private static String value() {
        return String.valueOf(browser.script("return document.getElementById('line').value"));
    }
}
