package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.RandomValuePropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import tools.jackson.databind.json.JsonMapper;

/** What is bound is what Boot binds without help, wherever it comes from and however it is written. */
class PresentKeysTests {

    private static final Map<String, Object> FILE = Map.of(
            "qmp.connection.vm1.address", "unix:/vm1",
            "qmp.connection.vm1.reconnect.max-delay", "9s",
            "qmp.connection.vm-2.address", "unix:/vm2",
            "qmp.connection.vm-2.ssl.enabled", "false",
            "qmp.connection[a.b].address", "unix:/ab",
            "qmp.defaults.command-timeout", "3s",
            "qmp.discovery.directory", "/run");

    static Stream<Arguments> sources() {
        return Stream.of(
                Arguments.of("nothing", List.of()),
                Arguments.of("a file", List.of(file(FILE))),
                Arguments.of(
                        "addresses and nothing else",
                        List.of(
                                file(Map.of("place", "/run", "qmp.connection.VM_3.address", "unix:${place}/vm3")),
                                file(Map.of(
                                        "qmp.connection.vm4.address", "unix:/vm4", "qmp.connection.vm5.adress", "x")))),
                Arguments.of(
                        "an address in one file, a setting of the connection in another, spelled otherwise",
                        List.of(
                                file(Map.of("qmp.connection.vm-3.address", "unix:/vm3")),
                                file(Map.of("qmp.connection.vm3.queue-capacity", "7")))),
                Arguments.of(
                        "an address that is more than a value",
                        List.of(file(Map.of("qmp.connection.vm1.address.of", "unix:/vm1")))),
                Arguments.of(
                        "other spellings",
                        List.of(
                                file(Map.of("qmp.connection.vm1.commandTimeout", "1s")),
                                file(Map.of("qmp.connection.vm1.queue_capacity", "7")),
                                file(FILE))),
                Arguments.of(
                        "a variable for a key",
                        List.of(environment(Map.of("QMP_CONNECTION_VM1_COMMANDTIMEOUT", "1s")), file(FILE))),
                Arguments.of(
                        "a variable whose dashes are underscores",
                        List.of(environment(Map.of("QMP_CONNECTION_VM_2_COMMAND_TIMEOUT", "1s")), file(FILE))),
                Arguments.of(
                        "variables of others",
                        List.of(environment(Map.of("QMP_DEFAULTS_FAILFAST", "true", "PATH", "/bin")), file(FILE))),
                Arguments.of(
                        "random values and placeholders",
                        List.of(
                                new RandomValuePropertySource(),
                                file(Map.of("qmp.connection.vm1.command-timeout", "${time:4s}")),
                                file(FILE))),
                Arguments.of(
                        "a source that cannot be listed",
                        List.of(unlisted(Map.of("qmp.connection.vm1.command-timeout", "1s")), file(FILE))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sources")
    void bindsWhatBootBinds(String description, List<PropertySource<?>> sources) {
        assertThat(json(bind(sources, new PresentKeys(BindHandler.DEFAULT))))
                .isEqualTo(json(bind(sources, BindHandler.DEFAULT)));
    }

    /** An application may read the addresses, too. */
    @Test
    void aClassOfTheApplicationHasAllConnections() {
        PresentKeys handler = new PresentKeys(BindHandler.DEFAULT);
        List<PropertySource<?>> sources = List.of(file(Map.of("qmp.connection.vm1.address", "unix:/vm1")));
        assertThat(bind(sources, handler).getConnection()).containsOnlyKeys("vm1");
        Binder binder = binder(sources);
        assertThat(binder.bindOrCreate("qmp", Bindable.of(Inventory.class), handler).connection)
                .isEqualTo(Map.of("vm1", Map.of("address", "unix:/vm1")));
        assertThat(binder.bind("qmp.connection", Bindable.mapOf(String.class, Object.class), handler)
                        .get())
                .isEqualTo(Map.of("vm1", Map.of("address", "unix:/vm1")));
    }

    /** A class of an application. */
    static class Inventory {

        private final Map<String, Map<String, String>> connection = new TreeMap<>();

        public Map<String, Map<String, String>> getConnection() {
            return connection;
        }
    }

    /** The samples would prove nothing if these values were not among what is bound. */
    @Test
    void theSourcesHaveTheirSay() {
        List<PropertySource<?>> sources =
                List.of(environment(Map.of("QMP_CONNECTION_VM_2_COMMAND_TIMEOUT", "1s")), file(FILE));
        QmpProperties bound = bind(sources, new PresentKeys(BindHandler.DEFAULT));
        assertThat(bound.getConnection()).containsOnlyKeys("vm1", "vm-2", "a.b");
        assertThat(bound.getConnection().get("vm-2").getCommandTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(bound.getConnection().get("vm1").getReconnect().getMaxDelay())
                .isEqualTo(Duration.ofSeconds(9));
    }

    /** A key that is not there is not looked up: for a connection has many, and there may be a thousand connections. */
    @Test
    void looksUpWhatIsThere() {
        Map<String, Object> addresses = new TreeMap<>();
        for (int i = 0; i < 100; i++) {
            addresses.put("qmp.connection.vm" + i + ".address", "unix:/vm" + i);
        }
        AtomicInteger lookUps = new AtomicInteger();
        PropertySource<?> counting = new MapPropertySource("counting", addresses) {
            @Override
            public Object getProperty(String name) {
                lookUps.incrementAndGet();
                return super.getProperty(name);
            }
        };

        assertThat(bind(List.of(counting), new PresentKeys(BindHandler.DEFAULT)).getConnection())
                .hasSize(100);
        int helped = lookUps.getAndSet(0);
        bind(List.of(counting), BindHandler.DEFAULT);
        assertThat(helped).isLessThan(lookUps.get() / 4);
    }

    private static QmpProperties bind(List<PropertySource<?>> sources, BindHandler handler) {
        return binder(sources).bindOrCreate("qmp", Bindable.of(QmpProperties.class), handler);
    }

    private static Binder binder(List<PropertySource<?>> sources) {
        MutablePropertySources all = new MutablePropertySources();
        sources.forEach(all::addLast);
        return new Binder(ConfigurationPropertySources.from(all), new PropertySourcesPlaceholdersResolver(all));
    }

    private static String json(QmpProperties properties) {
        return JsonMapper.shared().writeValueAsString(properties);
    }

    private static PropertySource<?> file(Map<String, Object> values) {
        return new MapPropertySource("file " + values.hashCode(), values);
    }

    private static PropertySource<?> environment(Map<String, Object> variables) {
        return new SystemEnvironmentPropertySource("systemEnvironment", variables);
    }

    private static PropertySource<?> unlisted(Map<String, Object> values) {
        return new PropertySource<>("unlisted", values) {
            @Override
            public Object getProperty(String name) {
                return getSource().get(name);
            }
        };
    }
}
