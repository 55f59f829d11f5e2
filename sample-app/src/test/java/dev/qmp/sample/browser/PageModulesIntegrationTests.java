package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import tools.jackson.databind.JsonNode;

/** Single modules of the pages: how they read text of machines, and how many queries they send. */
@RequiresTool(Tool.BROWSER)
class PageModulesIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    /** A browser's own numbers cannot represent it exactly. */
    private static final String LARGE = "18446744071578845184";

    @TempDir
    private static Path directory;

    private static final List<JsonNode> sent = new CopyOnWriteArrayList<>();
    private static QmpServer server;
    private static RunningSample sample;
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        server = QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                .handler(
                        "query-status",
                        command -> QmpJson.object().put("status", "running").put("running", true))
                .handler("memsave", command -> {
                    sent.add(command.arguments().get("val"));
                    return QmpJson.object().put("large", new BigInteger(LARGE));
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
    void changesNoNumberOnItsWayToTheMachineAndBack() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "no completion");
        browser.type("memsave val=" + LARGE, Keys.ENTER);
        browser.awaitText(".replies li:last-child .number", LARGE);
        browser.type("{\"execute\": \"memsave\", \"arguments\": {\"val\": " + LARGE + "}}", Keys.ENTER);
        await().atMost(SOON).until(() -> sent.size() == 2);
        assertThat(sent).extracting(JsonNode::bigIntegerValue).containsOnly(new BigInteger(LARGE));
    }

    @Test
    void readsArgumentsAsTheSchemaTypesThem() {
        String schema =
                """
                const str = {name: 'str', 'meta-type': 'builtin', 'json-type': 'string'};
                const schema = new Schema([
                  str,
                  {name: 'device_add', 'meta-type': 'command', 'arg-type': '1'},
                  {name: '1', 'meta-type': 'object', members: [{name: 'driver', type: 'str'}]},
                  {name: 'listen', 'meta-type': 'command', 'arg-type': '2'},
                  {name: '2', 'meta-type': 'object', members: [{name: 'addr', type: '3'}]},
                  {name: '3', 'meta-type': 'object', tag: 'type', members: [{name: 'type', type: '4'}],
                    variants: [{case: 'inet', type: '5'}]},
                  {name: '4', 'meta-type': 'enum', members: [{name: 'inet'}, {name: 'unix'}]},
                  {name: '5', 'meta-type': 'object', members: [{name: 'port', type: 'str'}]}]);
                """;
        assertThat(parsed(schema, "device_add driver=e1000 netdev=n0 bootindex=1"))
                .isEqualTo(
                        "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"e1000\",\"netdev\":\"n0\",\"bootindex\":1}}");
        assertThat(parsed(schema, "listen addr.type=inet addr.port=4444"))
                .isEqualTo("{\"execute\":\"listen\",\"arguments\":{\"addr\":{\"type\":\"inet\",\"port\":\"4444\"}}}");
        assertThat(parsed(schema, "listen addr.type=inet addr.prot=4444"))
                .isEqualTo("there is no argument addr.prot here");
        assertThat(parsed(schema, "listen addr.type=unix addr.port=1"))
                .isEqualTo("there is no argument addr.port here");
        assertThat(parsed(schema, "listen prot=4444")).isEqualTo("there is no argument prot here");
    }

    private static String parsed(String schema, String line) {
        browser.open(sample.page(""));
        return (String) browser.asyncScript(
                """
                const [line, done] = arguments;
                Promise.all([import('/js/command-line.js'), import('/js/schema.js')]).then(([{parse}, {Schema}]) => {
                %s
                  return parse(line, schema, false).text;
                }).then(done, (error) => done(error.message));
                """
                        .formatted(schema),
                line);
    }

    /** Only virtio cards answer query-rx-filter; the bus knows all, also those behind a bridge. */
    @Test
    void findsNetworkCardsOnTheBus() {
        browser.open(sample.page(""));
        assertThat(
                        browser.asyncScript(
                                """
                        const card = (qdev_id, vendor, device, slot) =>
                            ({qdev_id, class_info: {class: 0x200}, id: {vendor, device}, bus: 0, slot, function: 0});
                        const bridge = {qdev_id: '', class_info: {class: 0x604}, pci_bridge: {devices: [card('net1', 0x1af4, 0x1000, 1)]}};
                        const filters = [
                          {name: 'virtio-net-pci.0', 'main-mac': 'a', promiscuous: true, unicast: 'all', multicast: 'all'},
                          {name: 'net1', 'main-mac': 'b', promiscuous: false, unicast: 'none', multicast: 'none'}];
                        const buses = [{bus: 0, devices: [card('', 0x8086, 0x100e, 3), bridge, card('', 0x1af4, 0x1000, 4)]}];
                        const done = arguments[0];
                        import('/js/hardware-tables.js').then(({networkRows}) =>
                            done(networkRows(filters, buses).map((row) => row.slice(0, 3).join(' '))));
                        """))
                .isEqualTo(List.of("0:3.0 8086:100e –", "net1 1af4:1000 b", "virtio-net-pci.0 1af4:1000 a"));
    }

    /** A machine that does not answer must not take the browser's few connections from the others. */
    @Test
    void asksASilentMachineOneQuestionAndGivesUpWhenThePageIsLeft() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        const asked = [];
                        const real = window.fetch;
                        window.fetch = (path, options) => !path.endsWith('/execute') ? real(path, options)
                            : new Promise((resolve, reject) => {
                                asked.push(JSON.parse(options.body).execute);
                                options.signal.addEventListener('abort', () => { asked.push('given up'); reject(options.signal.reason); });
                              });
                        import('/js/hardware.js').then(async ({Hardware}) => {
                          const hardware = new Hardware('vm1');
                          hardware.refresh();
                          hardware.refresh();
                          hardware.refresh();
                          const asks = async (count) => {
                            while (asked.length < count) await new Promise(requestAnimationFrame);
                          };
                          await asks(1);
                          hardware.close();
                          await asks(2);
                          window.fetch = real;
                          done(asked);
                        });
                        """))
                .isEqualTo(List.of("query-cpus-fast", "given up"));
    }

    @Test
    void forgetsEventsByTheirSizeToo() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        String text = "x".repeat(50_000);
        for (int i = 0; i < 400; i++) {
            server.emit(QmpEvent.of("LONG", QmpJson.object().put("text", text)));
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        import('/js/events.js').then(({counts, remembered}) => done(
                            counts().forgotten > 0 && remembered().filter((entry) => entry.event === 'LONG').length < 250));
                        """))
                .isEqualTo(true));
    }
}
