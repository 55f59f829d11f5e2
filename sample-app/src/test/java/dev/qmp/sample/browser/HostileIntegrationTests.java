package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** Text of machines stays text, and requests of other pages are refused. */
@RequiresTool(Tool.BROWSER)
class HostileIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String MARKUP = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>";

    @TempDir
    private Path directory;

    @Test
    void keepsTheTextOfAMachineText() throws Exception {
        try (QmpServer server = serve();
                RunningSample sample = sample(server);
                Browser browser = new Browser()) {
            server.handle("evil", command -> {
                throw new CommandRejection(MARKUP, MARKUP);
            });
            browser.open(sample.page("events"));
            await().atMost(SOON).until(server::hasClient);
            server.emit(QmpEvent.of(MARKUP, QmpJson.object().put("text", MARKUP)));
            browser.awaitText(".log", MARKUP);
            assertThat(browser.all(".log img, .log b")).isEmpty();

            browser.open(sample.page("console/vm1"));
            browser.find("#line");
            browser.type("{\"execute\": \"evil\"}", Keys.ENTER);
            browser.awaitText(".replies .error", MARKUP);
            assertThat(browser.all(".replies img, .replies b")).isEmpty();
            assertThat((String) browser.script("return document.title")).isNotEqualTo("owned");
        }
    }

    @Test
    void doesNotLetAnotherPageSteerAMachine() throws Exception {
        HttpServer elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        elsewhere.createContext("/", exchange -> {
            byte[] page = "<!doctype html><title>elsewhere</title>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        elsewhere.start();
        try (QmpServer server = serve();
                RunningSample sample = sample(server);
                Browser browser = new Browser()) {
            await().atMost(SOON).until(server::hasClient);
            String target = "http://127.0.0.1:" + sample.port() + "/api/connections/vm1/execute";
            browser.open("http://127.0.0.1:" + elsewhere.getAddress().getPort() + "/");
            for (String type : new String[] {"text/plain", "application/json"}) {
                for (String mode : new String[] {"no-cors", "cors"}) {
                    assertThat(postStop(browser, target, mode, type)).isIn("opaque", "failed");
                }
            }
            browser.open(sample.page(""));
            String own = browser.script("return location.origin") + "/api/connections/vm1/execute";
            assertThat(postStop(browser, own, "cors", "application/json"))
                    .as("the same request from the page of the sample")
                    .isEqualTo("basic");
            assertThat(server.received())
                    .extracting(QmpCommand::name)
                    .filteredOn("stop"::equals)
                    .as("its command alone")
                    .hasSize(1);
        } finally {
            elsewhere.stop(0);
        }
    }

    /** {@return the type of the response, or {@code failed}} */
    private static Object postStop(Browser browser, String url, String mode, String type) {
        return browser.asyncScript(
                """
                const [url, mode, type, done] = arguments;
                const body = JSON.stringify({execute: 'stop'});
                fetch(url, {method: 'POST', mode, headers: {'Content-Type': type}, body})
                    .then((response) => done(response.type), () => done('failed'));
                """,
                url,
                mode,
                type);
    }

    private QmpServer serve() {
        return QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                .handler(
                        "query-status",
                        command -> QmpJson.object().put("status", "running").put("running", true))
                .handler("stop", command -> QmpJson.object())
                .start();
    }

    private static RunningSample sample(QmpServer server) {
        return new RunningSample("--qmp.connection.vm1.address=" + server.endpoint());
    }
}
