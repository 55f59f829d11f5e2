package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.Readability;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    @Test
    void opensTheStreamAgainAfterASilence() {
        browser.open(sample.page(""));
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        import('/js/stream.js').then(({Stream}) => {
                          const states = [];
                          const stream = new Stream({onentry() {}, onstate(state) {
                            states.push(state);
                            if (states.length < 3) return;
                            stream.close();
                            done(states);
                          }, silence: 2000});
                          stream.open();
                        });
                        """))
                .isEqualTo(List.of("live", "reconnecting", "live"));
    }

    @Test
    void splitsALineAfterAQuotedBackslash() {
        browser.open(sample.page(""));
        assertThat(browser.asyncScript(
                        """
                        const [line, done] = arguments;
                        import('/js/command-line.js').then(({split}) => done(split(line).map((part) => part.text)));
                        """,
                        "name path=\"C:\\\\\" size=\"a \\\"b\" c=1"))
                .isEqualTo(List.of("name", "path=\"C:\\\\\"", "size=\"a \\\"b\"", "c=1"));
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

    /** The end of a session comes between two queries, and the tables drawn before must not look live. */
    @Test
    void allTablesShowTheEndOfASessionThatComesBetweenTwoQueries() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        let release;
                        let queries = 0;
                        const polls = [];
                        const reply = () => new Response('{"return": []}');
                        const real = window.fetch;
                        window.fetch = (path, options) => {
                          if (path === '/api/connections') return new Promise(() => polls.push(path));
                          if (!path.endsWith('/execute')) return real(path, options);
                          if (++queries !== 3) return Promise.resolve(reply());
                          return new Promise((resolve) => { release = () => resolve(reply()); });
                        };
                        const frame = () => new Promise(requestAnimationFrame);
                        Promise.all([import('/js/hardware.js'), import('/js/model.js')]).then(async ([{Hardware}, model]) => {
                          while (polls.length === 0) await frame(); // no poll changes the model from now on
                          const hardware = new Hardware('vm1');
                          const refreshed = hardware.refresh();
                          while (!release) await frame();
                          const before = hardware.tables[0].body.textContent;
                          model.get('vm1').up = false;
                          hardware.refresh();
                          release();
                          await refreshed;
                          hardware.close();
                          window.fetch = real;
                          done([before, ...new Set(hardware.tables.map((table) => table.body.textContent))]);
                        });
                        """))
                .isEqualTo(List.of("none", "no session"));
    }

    /** A reply that a table cannot read must not stop the queries. */
    @Test
    void showsThatAReplyHasAnotherFormAndAsksAgain() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        const asked = [];
                        const real = window.fetch;
                        window.fetch = (path, options) => {
                          if (!path.endsWith('/execute')) return real(path, options);
                          asked.push(JSON.parse(options.body).execute);
                          return Promise.resolve(new Response('{"return": {"odd": true}}'));
                        };
                        import('/js/hardware.js').then(async ({Hardware}) => {
                          const hardware = new Hardware('vm1');
                          await hardware.refresh().catch(() => {});
                          await hardware.refresh();
                          hardware.close();
                          window.fetch = real;
                          const text = hardware.element.querySelector('tbody').textContent;
                          done([asked.filter((command) => command === 'query-cpus-fast').length, text !== '']);
                        });
                        """))
                .isEqualTo(List.of(2L, true));
    }

    @Test
    void keepsOneSchemaForEachMachine() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        let asked = 0;
                        const real = window.fetch;
                        window.fetch = (path, options) => {
                          if (!options?.body?.includes('query-qmp-schema')) return real(path, options);
                          asked++;
                          return Promise.resolve(new Response('{"return": []}'));
                        };
                        const counts = [];
                        const session = async (reconnects) => {
                          const {schemaOf} = await import('/js/schema.js');
                          await schemaOf({name: 'vm1', qemuVersion: '7.2.0', reconnects});
                          counts.push(asked);
                        };
                        (async () => {
                          for (const reconnects of [0, 0, 1, 1, 0]) await session(reconnects);
                          window.fetch = real;
                          done(counts);
                        })();
                        """))
                .isEqualTo(List.of(1L, 1L, 2L, 2L, 3L));
    }

    @Test
    void aFailedQueryForTheSchemaIsRepeated() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        browser.script(
                """
                let asked = 0;
                const real = window.fetch;
                window.fetch = (path, options) => {
                  if (window.cut && path === '/api/connections') return Promise.reject(new TypeError('cut'));
                  if (!options?.body?.includes('query-qmp-schema')) return real(path, options);
                  const late = {status: 504, statusText: 'Gateway Timeout'};
                  asked++;
                  if (asked === 1) return Promise.resolve(new Response('{"detail": "late"}', late));
                  const empty = new Response('{"return": []}');
                  return asked > 2 ? Promise.resolve(empty) : new Promise((answer) => { window.go = () => answer(empty); });
                };
                location.hash = '#/console/vm1';
                """);
        browser.awaitText(".console .summary", "no completion: late");
        await().atMost(Duration.ofSeconds(30)).until(() -> browser.script("return window.go != null") == Boolean.TRUE);
        browser.script("window.go()");
        browser.awaitText(".console .summary", "0 commands");
        browser.script("window.cut = true");
        browser.awaitText(".console .summary", "no contact");
        browser.script("window.cut = false");
        browser.awaitText(".console .summary", "0 commands");
    }

    /** A schema that stays unknown is no reason to check a line that the user is in the middle of. */
    @Test
    void aRepeatedQueryForTheSchemaDoesNotCheckTheLine() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        browser.script(
                """
                window.asked = 0;
                window.fast = true;
                window.waiting = new Set();
                const [real, set, clear] = [window.fetch, window.setTimeout, window.clearTimeout];
                window.fetch = (path, options) => {
                  if (!options?.body?.includes('query-qmp-schema')) return real(path, options);
                  asked++;
                  return Promise.resolve(new Response('{"detail": "late"}', {status: 504}));
                };
                window.setTimeout = (task, delay) => {
                  if (delay !== 5000) return set(task, delay);
                  const timer = set(task, fast ? 0 : 1_000_000);
                  if (!fast) waiting.add(timer);
                  return timer;
                };
                window.clearTimeout = (timer) => { waiting.delete(timer); clear(timer); };
                location.hash = '#/console/vm1';
                """);
        browser.awaitText(".console .summary", "no completion: late");
        browser.type("query-status half");
        long typed = ((Number) browser.script("return asked")).longValue();
        await().atMost(SOON).until(() -> ((Number) browser.script("return asked")).longValue() >= typed + 2);
        assertThat(browser.text(".fault")).isEmpty();
        browser.script("window.fast = false");
        await().atMost(SOON).until(() -> Long.valueOf(1).equals(browser.script("return waiting.size")));
        browser.script("location.hash = '#/console/nobody'");
        browser.awaitText(".console .summary", "there is no machine named");
        browser.awaitText(".fault", "choose a machine first");
        assertThat(browser.script("return waiting.size")).isEqualTo(0L);
    }

    /** A proxy does not know whether the command was executed. */
    @ParameterizedTest
    @CsvSource({
        "502, '{\"title\": \"Bad Gateway\"}',                         unknown",
        "502, 'null',                                                unknown",
        "502, '<h1>Bad Gateway</h1>',                                unknown",
        "503, '{\"title\": \"No session\", \"outcome\": \"not-sent\"}', not-sent",
        "403, '{\"title\": \"Forbidden\"}',                           failed",
    })
    void theOutcomeOfACommandIsUnknownAfterAServersFailureThatNamesNone(int status, String body, String outcome) {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "no completion");
        browser.script(
                """
                const [status, body] = arguments;
                const real = window.fetch;
                window.fetch = (path, options) => !path.endsWith('/execute') ? real(path, options)
                    : Promise.resolve(new Response(body, {status}));
                """,
                status,
                body);
        browser.type("query-name", Keys.ENTER);
        browser.find(".replies li:last-child .error");
        assertThat(browser.find(".replies li:last-child").getAttribute("data-outcome"))
                .isEqualTo(outcome);
    }

    /** The head of a reply comes after the command was executed. */
    @Test
    void theOutcomeOfACommandWhoseReplyIsCutOffIsUnknown() {
        browser.open(sample.page("console/vm1"));
        browser.awaitText(".console .summary", "no completion");
        browser.script(
                """
                const real = window.fetch;
                window.fetch = (path, options) => !path.endsWith('/execute') ? real(path, options)
                    : Promise.resolve(new Response(new ReadableStream({
                        start(reply) { reply.enqueue(new TextEncoder().encode('{"return": {"a')); },
                        pull(reply) { reply.error(new TypeError('network error')); },
                      })));
                """);
        browser.type("query-name", Keys.ENTER);
        browser.awaitText(".replies li:last-child .error", "The reply was cut off");
        browser.awaitText(".replies li:last-child .error", "The command was executed");
        assertThat(browser.find(".replies li:last-child").getAttribute("data-outcome"))
                .isEqualTo("unknown");
    }

    /** A poll takes a while, and an event that comes meanwhile is newer than its views. */
    @Test
    void aPollThatIsOlderThanAnEventChangesNothingBackAndIsRepeatedSoon() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        browser.script(
                """
                const real = window.fetch;
                window.fetch = async (path, options) => {
                  if (path !== '/api/connections') return real(path, options);
                  const views = await (await real(path)).text();
                  window.fetch = (path, options) => path === '/api/connections' ? new Promise(() => {}) : real(path, options);
                  await new Promise((resolve) => { window.release = resolve; });
                  return new Response(views);
                };
                """);
        await().atMost(SOON).until(() -> Boolean.TRUE.equals(browser.script("return 'release' in window")));
        QmpClient client = sample.bean(QmpClients.class).get("vm1");
        try {
            client.blocking().disconnect();
            await().atMost(SOON).until(() -> "IDLE".equals(runstate("")));
            assertThat(
                            runstate(
                                    """
                            model.refreshSoon();
                            await new Promise((resolve) => setTimeout(resolve)); // after the timer of that call
                            window.delays = [];
                            const set = window.setTimeout;
                            window.setTimeout = (task, delay) => { delays.push(delay); return set(task, delay); };
                            const polled = new Promise((resolve) => model.onChange(resolve));
                            release();
                            await polled;
                            window.setTimeout = set;
                            """))
                    .isEqualTo("IDLE");
            assertThat(browser.script("return delays"))
                    .asInstanceOf(InstanceOfAssertFactories.LIST)
                    .contains(100L);
        } finally {
            client.start();
            await().atMost(SOON).until(() -> client.runstate() == Runstate.RUNNING);
        }
    }

    private static Object runstate(String first) {
        return browser.asyncScript(
                """
                const done = arguments[0];
                import('/js/model.js').then(async (model) => {
                  %s
                  done(model.get('vm1').runstate);
                });
                """
                        .formatted(first));
    }

    @Test
    void eventsThatFollowEachOtherCloselyDelayNoPoll() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        let polls = 0;
                        let calls = 0;
                        const real = window.fetch;
                        window.fetch = (path, options) => {
                          if (path === '/api/connections') polls++;
                          return real(path, options);
                        };
                        import('/js/model.js').then(({refreshSoon}) => {
                          const timer = setInterval(() => {
                            refreshSoon(100);
                            if (polls < 3 && ++calls < 500) return;
                            clearInterval(timer);
                            window.fetch = real;
                            done(polls >= 3);
                          }, 20);
                        });
                        """))
                .isEqualTo(true);
    }

    /** A page that the back button restores becomes visible and is shown: two reasons to follow the stream. */
    @Test
    void followsTheSharedStreamOnce() {
        browser.open(sample.page(""));
        browser.awaitText(".live", "live");
        assertThat(
                        browser.asyncScript(
                                """
                        const done = arguments[0];
                        const sent = [];
                        const timers = new Set();
                        const realSet = window.setTimeout;
                        const realClear = window.clearTimeout;
                        const port = {postMessage: ({command}) => sent.push(command), close: () => {}};
                        Object.defineProperty(window, 'trustedTypes', {value: undefined});
                        import('/js/shared-stream.js?twice').then(({SharedStream}) => {
                          window.SharedWorker = class { port = port; };
                          const stream = new SharedStream({onentries: () => {}, onstate: () => {}});
                          window.setTimeout = () => { timers.add(timers.size + 1); return timers.size; };
                          window.clearTimeout = (timer) => timers.delete(timer);
                          stream.open();
                          stream.open();
                          port.onmessage({data: {state: 'live'}});
                          const orphans = timers.size;
                          stream.renew();
                          stream.open();
                          port.onmessage({data: {state: 'live'}});
                          window.setTimeout = realSet;
                          window.clearTimeout = realClear;
                          done([sent.join(' '), orphans]);
                        });
                        """))
                .isEqualTo(List.of("follow leave follow", 0L));
    }

    @Test
    void aFailureStaysUntilItIsClosed() {
        browser.open(sample.page(""));
        browser.awaitText(".card .word", "running");
        browser.asyncScript(
                """
                const done = arguments[0];
                import('/js/dom.js').then(({toast}) => {
                  const real = window.setTimeout;
                  const timers = [];
                  window.setTimeout = (task) => timers.push(task);
                  toast('first failed', 'bad');
                  toast('done');
                  timers.forEach((task) => task());
                  ['second failed', 'third failed', 'fourth failed'].forEach((text) => toast(text, 'bad'));
                  toast('done at last');
                  timers.splice(0).forEach((task) => task());
                  window.setTimeout = real;
                  done();
                });
                """);
        assertThat(toasts()).containsExactly("first failed", "second failed", "third failed", "fourth failed");
        assertThat(Readability.complaints(browser)).isEmpty();
        browser.click("#toasts .toast:nth-child(2) button");
        assertThat(toasts()).containsExactly("first failed", "third failed", "fourth failed");
        toast("done");
        assertThat(toasts()).containsExactly("first failed", "third failed", "fourth failed", "done");
        toast("done again");
        assertThat(toasts()).containsExactly("first failed", "third failed", "fourth failed", "done again");
        for (int i = 0; i < 3; i++) {
            browser.type(Keys.ENTER); // the focus moves to the next one
        }
        assertThat(toasts()).doesNotContain("first failed", "third failed", "fourth failed");
        assertThat(browser.script("return document.activeElement.id")).isEqualTo("view");
    }

    private static void toast(String text) {
        browser.asyncScript(
                """
                const [text, done] = arguments;
                import('/js/dom.js').then(({toast}) => { toast(text); done(); });
                """,
                text);
    }

    @SuppressWarnings("unchecked")
    private static List<String> toasts() {
        return (List<String>) browser.script(
                "return [...document.querySelectorAll('#toasts .toast > span')].map((text) => text.textContent)");
    }

    /** While a page is hidden, it has no stream, so it does not see that the application was restarted. */
    @Test
    void offersToReloadWhenItBecomesVisibleAfterAnUpgrade() {
        browser.open(sample.page(""));
        browser.awaitText(".live", "live");
        browser.script("window.asked = 0; window.real = window.fetch; window.fetch = (path, options) => {"
                + " if (path === '/') asked++; return real(path, options); }");
        becomeVisible();
        await().atMost(SOON).until(() -> Long.valueOf(1).equals(browser.script("return asked")));
        browser.script("window.fetch = (path, options) => path === '/'"
                + " ? Promise.resolve(new Response('<meta name=\"version\" content=\"of another build\">'))"
                + " : real(path, options)");
        assertThat(browser.all("#upgrade")).isEmpty();
        becomeVisible();
        becomeVisible();
        browser.awaitText("#upgrade", "The application has been upgraded.");
        assertThat(browser.all("#upgrade")).hasSize(1);
    }

    private static void becomeVisible() {
        browser.script(
                """
                for (const hidden of [true, false]) {
                  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
                  document.dispatchEvent(new Event('visibilitychange'));
                }
                """);
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
