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
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sixty machines that never keep quiet. */
@RequiresTool(Tool.BROWSER)
class CrowdIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int MACHINES = 60;
    private static final int EVENTS_PER_TICK = 10;
    private static final long TICK_MILLIS = 10;
    private static final int EVENTS_PER_PAGE = 1500;
    private static final String[] PAGES = {"#/events", "#/vm/vm07", "#/"};

    /** Rows that a log shows, and so the most it may draw at a time. */
    private static final int ROWS = 120;

    /** Graphs, numbers and words of a card that one look at its connection may change. */
    private static final int CHANGES_PER_CARD = 12;

    /** With more, a thousand events a second would not fit into a second. It takes a tenth to a third of that. */
    private static final double WORK_MILLIS_PER_EVENT = 1;

    private static final double LONGEST_TASK_MILLIS = 200;

    /** A thousand, with a tolerance for the first batch and the clock's steps. */
    private static final double EVENTS_PER_SECOND = 900;

    private static final int ROUNDS = 20;

    @TempDir
    private Path directory;

    private final List<QmpServer> servers = new ArrayList<>();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
    private RunningSample sample;
    private Browser browser;

    @BeforeEach
    void start() throws Exception {
        List<String> arguments = new ArrayList<>();
        for (int i = 1; i <= MACHINES; i++) {
            QmpServer server = serve(i);
            servers.add(server);
            arguments.add("--qmp.connection.vm%02d.address=%s".formatted(i, server.endpoint()));
        }
        sample = new RunningSample(arguments.toArray(String[]::new));
        browser = new Browser();
        browser.open(sample.page(""));
        await().atMost(SOON).until(() -> browser.all(".card[data-kind=good]").size() == MACHINES);
    }

    @AfterEach
    void close() throws Exception {
        ticker.shutdownNow();
        browser.close();
        sample.close();
        servers.forEach(QmpServer::close);
    }

    /**
     * The page has little work for an event, and its longest task does not grow with the number of events. Both are
     * counted, so other processes have no effect.
     */
    @Test
    void doesLittleForEachEventAndABoundedAmountAtATime() throws Exception {
        startEvents();
        for (String page : PAGES) {
            browser.script("location.hash = arguments[0]", page);
            countChanges();
            double before = browser.workMillis();
            long events = watch(EVENTS_PER_PAGE);
            double perEvent = (browser.workMillis() - before) / events;
            long most = number("return changes.most");
            assertThat(most)
                    .as("changes that %s makes at a time", page)
                    .isBetween(1L, (long) MACHINES * CHANGES_PER_CARD);
            assertThat(number("return changes.mostRows"))
                    .as("rows that %s draws at a time", page)
                    .isLessThanOrEqualTo(ROWS);
            assertThat(perEvent).as("work of %s for an event", page).isLessThan(WORK_MILLIS_PER_EVENT);
        }
        browser.settle();
        browser.picture("crowd");
    }

    /**
     * Other processes can prolong a task or delay the events, so one smooth round is enough.
     */
    @Test
    void hasNoLongTaskWhileAThousandEventsComeEachSecond() {
        browser.script(
                """
                window.tasks = [];
                new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration)))
                    .observe({type: 'longtask'});
                """);
        startEvents();
        List<Round> rounds = new ArrayList<>();
        do {
            rounds.add(round());
        } while (rounds.size() < ROUNDS && !rounds.get(rounds.size() - 1).isSmooth());
        assertThat(rounds).as("rounds, of which one is smooth").anyMatch(Round::isSmooth);
    }

    private Round round() {
        browser.script("tasks.length = 0");
        double slowest = Double.MAX_VALUE;
        for (String page : PAGES) {
            browser.script("location.hash = arguments[0]", page);
            double begin = milliseconds();
            long events = watch(EVENTS_PER_PAGE);
            slowest = Math.min(slowest, events * 1000 / (milliseconds() - begin));
        }
        double longest = ((Number) browser.script("return Math.max(0, ...tasks)")).doubleValue();
        return new Round(longest, slowest);
    }

    private double milliseconds() {
        return ((Number) browser.script("return performance.now()")).doubleValue();
    }

    /**
     * The observations while the pages were shown in turn.
     *
     * @param longestTaskMillis the longest time that the page did not answer
     * @param eventsPerSecond as they came to the page, where the fewest came
     */
    private record Round(double longestTaskMillis, double eventsPerSecond) {

        boolean isSmooth() {
            return longestTaskMillis < LONGEST_TASK_MILLIS && eventsPerSecond > EVENTS_PER_SECOND;
        }
    }

    /** From now on. An observer is called once for all that a task has changed. */
    private void countChanges() {
        browser.script(
                """
                window.changes?.observer.disconnect();
                window.changes = {most: 0, mostRows: 0};
                changes.observer = new MutationObserver((records) => {
                  const rows = records.filter((record) => record.target.matches?.('.log'))
                      .reduce((sum, record) => sum + record.addedNodes.length, 0);
                  changes.most = Math.max(changes.most, records.length);
                  changes.mostRows = Math.max(changes.mostRows, rows);
                });
                changes.observer.observe(document.getElementById('view'),
                    {childList: true, subtree: true, attributes: true, characterData: true});
                """);
    }

    private long number(String script) {
        return ((Number) browser.script(script)).longValue();
    }

    private QmpServer serve(int number) throws IOException {
        byte[] screen = screen(number);
        return QmpServer.builder(Endpoint.unix(directory.resolve("vm%02d".formatted(number))))
                .handler(
                        "query-status",
                        command -> QmpJson.object().put("status", "running").put("running", true))
                .handler("screendump", command -> {
                    Files.write(Path.of(command.arguments().get("filename").stringValue()), screen);
                    return QmpJson.object();
                })
                .start();
    }

    /** A colour and a pattern of its own for each. */
    private static byte[] screen(int number) throws IOException {
        BufferedImage picture = new BufferedImage(320, 200, BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < picture.getHeight(); row++) {
            int colour = Color.HSBtoRGB(number / (float) MACHINES, 0.55f, 0.1f + 0.001f * row);
            fill(picture, 0, row, picture.getWidth(), 1, colour);
        }
        for (int bar = 0; bar < 12; bar++) {
            int height = 20 + (number * 37 + bar * bar * 11) % 90;
            int colour = Color.HSBtoRGB((number + bar) / (float) MACHINES, 0.5f, 0.85f);
            fill(picture, 20 + bar * 24, 180 - height, 16, height, colour);
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", file);
        return file.toByteArray();
    }

    private static void fill(BufferedImage picture, int left, int top, int wide, int high, int colour) {
        int[] pixels = new int[wide * high];
        Arrays.fill(pixels, colour);
        picture.setRGB(left, top, wide, high, pixels, 0, wide);
    }

    private void startEvents() {
        int[] count = {0};
        ticker.scheduleAtFixedRate(
                () -> {
                    for (int i = 0; i < EVENTS_PER_TICK; i++) {
                        int number = count[0]++;
                        servers.get(number % MACHINES)
                                .emit(QmpEvent.of(
                                        "NIC_RX_FILTER_CHANGED",
                                        QmpJson.object().put("count", number)));
                    }
                },
                0,
                TICK_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** Until the page has taken in so many events more; returns how many it has. */
    private long watch(int events) {
        Object seen = browser.asyncScript(
                """
                const [events, done] = arguments;
                import('/js/events.js').then(({counts}) => {
                  const from = counts().received;
                  const timer = setInterval(() => {
                    const seen = counts().received - from;
                    if (seen >= events) { clearInterval(timer); done(seen); }
                  }, 50);
                });
                """,
                events);
        return ((Number) seen).longValue();
    }
}
