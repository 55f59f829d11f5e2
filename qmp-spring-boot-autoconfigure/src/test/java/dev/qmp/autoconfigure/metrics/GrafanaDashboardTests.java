package dev.qmp.autoconfigure.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.autoconfigure.observation.QmpObservationAutoConfiguration;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the dashboard asks for is what an application publishes to Prometheus. */
class GrafanaDashboardTests {

    private static final Pattern SERIES = Pattern.compile("(qmp_\\w+)(?:\\{([^}]*)\\})?");
    private static final Pattern LABEL = Pattern.compile("(\\w+)(?:=~|!=|=)\"");
    private static final Pattern GROUPS = Pattern.compile("by \\(([^)]*)\\)");
    private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");
    private static final Pattern VARIABLE = Pattern.compile("label_values\\((\\w+), (\\w+)\\)");

    @Test
    void everySeriesAndLabelOfTheDashboardIsPublishedAndEverySeriesIsThere() throws IOException {
        Map<String, Set<String>> asked = asked();
        Map<String, Set<String>> published = published();
        assertThat(asked.keySet()).containsAll(meters(published));
        asked.forEach((series, labels) ->
                assertThat(published.get(series)).as(series).isNotNull().containsAll(labels));
    }

    /** A legend can only show what the series are grouped by. */
    @Test
    void everyLegendNamesLabelsThatItsSeriesKeep() throws IOException {
        for (JsonNode panel : dashboard().get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                String expression = target.get("expr").asString();
                assertThat(groups(expression))
                        .as(expression)
                        .containsAll(LEGEND.matcher(target.path("legendFormat").asString(""))
                                .results()
                                .map(label -> label.group(1))
                                .toList());
            }
        }
    }

    @Test
    void everySeriesAndLabelOfTheAlertRulesIsPublishedAndThePageDescribesEachAlert() throws IOException {
        String rules = Files.readString(Path.of("docs", "alert-rules.yml"));
        Map<String, Set<String>> published = published();
        Map<String, Set<String>> asked = new TreeMap<>();
        expressions(rules).forEach(expression -> collect(expression, LABEL, asked));
        assertThat(asked)
                .hasSizeGreaterThan(5)
                .allSatisfy((series, labels) ->
                        assertThat(published.get(series)).as(series).isNotNull().containsAll(labels));
        String page = Files.readString(Path.of("docs", "operate", "metrics.md"));
        assertThat(Pattern.compile("alert: (\\w+)").matcher(rules).results().map(alert -> alert.group(1)))
                .hasSizeGreaterThan(5)
                .allSatisfy(alert -> assertThat(page).contains("| `" + alert + "` |"));
    }

    /** {@code increase()} of a series that begins with its first count is 0. */
    @Test
    void anAlertRuleSeesTheFirstCountOfASeriesThatBeginsWithIt() throws IOException {
        Map<String, Set<String>> published = published();
        assertThat(expressions(Files.readString(Path.of("docs", "alert-rules.yml"))))
                .filteredOn(expression -> {
                    Matcher counter = Pattern.compile("increase\\((\\w+)").matcher(expression);
                    return counter.find() && published.get(counter.group(1)).size() > 1; // more than `connection`
                })
                .isNotEmpty()
                .allMatch(expression -> expression.contains("unless"));
    }

    /** The page has one row for each meter, with its tags. */
    @Test
    void thePageOfMetersHasWhatIsPublished() throws IOException {
        Map<String, Set<String>> rows = new TreeMap<>();
        Pattern.compile("(?m)^\\| `(qmp_\\w+)` \\| `[a-z.]+` \\|([^|]*)\\|")
                .matcher(Files.readString(Path.of("docs", "operate", "metrics.md")))
                .results()
                .forEach(row -> {
                    Set<String> tags = new TreeSet<>(Set.of("connection"));
                    Stream.of(row.group(2).replaceAll("[` ]", "").split(","))
                            .filter(tag -> !tag.isEmpty())
                            .forEach(tag -> tags.add(tag.replace('.', '_')));
                    rows.put(row.group(1), tags);
                });
        Map<String, Set<String>> published = published();
        published.keySet().retainAll(meters(published));
        assertThat(rows).isEqualTo(published);
    }

    /** {@return one series of each meter} */
    private static Set<String> meters(Map<String, Set<String>> published) {
        Set<String> meters = new TreeSet<>(published.keySet());
        meters.removeIf(series -> series.matches(".*_(sum|max|bucket|seconds)"));
        return meters;
    }

    private static List<String> expressions(String rules) {
        Map<String, List<Map<String, List<Map<String, String>>>>> file = new Yaml().load(rules);
        return file.get("groups").get(0).get("rules").stream()
                .map(rule -> rule.get("expr"))
                .toList();
    }

    private static JsonNode dashboard() throws IOException {
        return JsonMapper.shared().readTree(Files.readString(Path.of("docs", "grafana-dashboard.json")));
    }

    private static Set<String> groups(String expression) {
        return GROUPS.matcher(expression)
                .results()
                .flatMap(group -> Stream.of(group.group(1).split(", *")))
                .collect(Collectors.toSet());
    }

    private static Map<String, Set<String>> asked() throws IOException {
        Map<String, Set<String>> asked = new TreeMap<>();
        JsonNode dashboard = dashboard();
        for (JsonNode variable : dashboard.at("/templating/list")) {
            Matcher query = VARIABLE.matcher(variable.get("query").asString());
            if (query.matches()) {
                asked.computeIfAbsent(query.group(1), name -> new TreeSet<>()).add(query.group(2));
            }
        }
        assertThat(asked).as("queries of variables").isNotEmpty();
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                collect(target.get("expr").asString(), LABEL, asked);
            }
        }
        return asked;
    }

    private static void collect(String text, Pattern label, Map<String, Set<String>> into) {
        Matcher series = SERIES.matcher(text);
        while (series.find()) {
            Set<String> labels = into.computeIfAbsent(series.group(1), name -> new TreeSet<>());
            labels.addAll(groups(text));
            Matcher names = label.matcher(series.group(2) == null ? "" : series.group(2));
            while (names.find()) {
                labels.add(names.group(1));
            }
        }
    }

    private static Map<String, Set<String>> published() {
        Map<String, Set<String>> published = new TreeMap<>();
        try (TestMonitor monitor = TestMonitor.started()) {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(
                            MetricsAutoConfiguration.class,
                            CompositeMeterRegistryAutoConfiguration.class,
                            PrometheusMetricsExportAutoConfiguration.class,
                            ObservationAutoConfiguration.class,
                            QmpAutoConfiguration.class,
                            QmpMetricsAutoConfiguration.class,
                            QmpObservationAutoConfiguration.class))
                    .withPropertyValues("qmp.connection.vm1.address=" + monitor.address())
                    .run(context -> {
                        assertThat(context).hasSingleBean(ObservationRegistry.class);
                        QmpClient client = context.getBean(QmpClient.class);
                        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
                        monitor.server().emit(QmpEvent.of("STOP"));
                        client.blocking().execute("query-status");
                        client.newTask("eject", "eject of cd0", () -> CompletableFuture.completedFuture(null))
                                .complete(null);
                        PrometheusMeterRegistry registry = context.getBean(PrometheusMeterRegistry.class);
                        Awaitility.await()
                                .until(() -> registry.scrape().contains("qmp_events_total")
                                        && registry.scrape().contains("qmp_tasks_seconds_count"));
                        collect(registry.scrape(), LABEL, published);
                    });
        }
        return published;
    }
}
