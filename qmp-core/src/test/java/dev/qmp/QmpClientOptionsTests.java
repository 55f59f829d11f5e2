package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.TlsOptions;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is set on the builder can be read from the client. */
class QmpClientOptionsTests {

    /** The options that have another name where they are read. */
    private static final Map<String, String> READ_AS = Map.of(
            "maxCommandSize", "maxOutboundSize",
            "commandObserver", "commandObservers",
            "taskObserver", "taskObservers");

    private static final Set<String> NO_OPTIONS = Set.of("protocol", "isGuestAgent", "toString");

    private static EventLoops loops;

    @BeforeAll
    static void open() {
        loops = EventLoops.create(1);
    }

    @AfterAll
    static void close() {
        loops.close();
    }

    static Stream<Method> setters() {
        return Arrays.stream(QmpClientBuilder.class.getMethods())
                .filter(method -> method.getReturnType() == QmpClientBuilder.class && method.getParameterCount() == 1);
    }

    @ParameterizedTest
    @MethodSource("setters")
    void aSetterChangesTheOptionOfItsNameAndNoOther(Method setter) throws ReflectiveOperationException {
        String option = READ_AS.getOrDefault(setter.getName(), setter.getName());
        Map<String, @Nullable Object> expected = read(QmpClientOptions.DEFAULTS);
        assertThat(expected).containsKey(option);
        Object value = another(setter.getParameterTypes()[0], expected.get(option));
        expected.put(option, option.endsWith("Observers") ? List.of(value) : value);

        QmpClientBuilder builder = QmpClient.builder("unix:/nowhere");
        setter.invoke(builder, value);
        assertThat(read(new QmpClientOptions(builder))).isEqualTo(expected);
    }

    private static Map<String, @Nullable Object> read(QmpClientOptions options) throws ReflectiveOperationException {
        Map<String, @Nullable Object> values = new TreeMap<>();
        for (Object part : new Object[] {options, options.protocol()}) {
            for (Method reader : part.getClass().getDeclaredMethods()) {
                boolean reads = Modifier.isPublic(reader.getModifiers()) && !Modifier.isStatic(reader.getModifiers());
                if (reads && reader.getParameterCount() == 0 && !NO_OPTIONS.contains(reader.getName())) {
                    values.put(reader.getName(), reader.invoke(part));
                }
            }
        }
        return values;
    }

    private static Object another(Class<?> type, @Nullable Object present) throws ReflectiveOperationException {
        if (type == boolean.class) {
            return !Boolean.TRUE.equals(present);
        }
        if (type == int.class) {
            return (Integer) present + 1;
        }
        if (type == Duration.class) {
            return ((Duration) present).plusSeconds(1);
        }
        if (type.isEnum()) {
            return Stream.of(type.getEnumConstants())
                    .filter(constant -> constant != present)
                    .findFirst()
                    .orElseThrow();
        }
        if (type == CommandObserver.class || type == TaskObserver.class) {
            return Proxy.newProxyInstance(
                    type.getClassLoader(),
                    new Class<?>[] {type},
                    (proxy, method, arguments) -> method.getName().equals("equals") ? proxy == arguments[0] : null);
        }
        return Map.<Class<?>, Object>of(
                        String.class,
                        "vm1",
                        EventLoops.class,
                        loops,
                        Executor.class,
                        (Executor) Runnable::run,
                        ReconnectPolicy.class,
                        ReconnectPolicy.never(),
                        CommandPolicy.class,
                        CommandPolicy.of(List.of("query-status"), List.of()),
                        TlsOptions.class,
                        TlsOptions.of(() -> {
                            throw new AssertionError("the context is requested");
                        }))
                .get(type);
    }

    @Test
    void aClientHasItsOptionsAndLaterChangesOfTheBuilderAreNotTheirs() {
        QmpClientBuilder builder = QmpClient.builder(Endpoint.tcp("localhost", 1))
                .name("vm1")
                .eventLoops(loops)
                .commandTimeout(Duration.ofSeconds(2))
                .connectTimeout(Duration.ofSeconds(3));
        try (QmpClient client = builder.build()) {
            builder.name("vm2")
                    .commandTimeout(Duration.ofSeconds(4))
                    .connectTimeout(Duration.ofSeconds(5))
                    .commandObserver((observed, command) -> null);
            QmpClientOptions options = client.options();
            assertThat(options.commandTimeout()).isEqualTo(Duration.ofSeconds(2));
            assertThat(options.commandObservers()).isEmpty();
            ProtocolOptions protocol = options.protocol();
            assertThat(protocol.name()).isEqualTo("vm1");
            assertThat(protocol.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
        }
    }

    @Test
    void theTextHasNothingOfTheApplicationsOwnClasses() {
        QmpClientOptions options =
                new QmpClientOptions(QmpClient.builder("tcp:localhost:1").name("vm\n1"));
        assertThat(options).hasToString("QmpClientOptions[vm\\u000A1, CONNECT]");
    }

    @Test
    void theDelaysOfReconnectingCanBeRead() {
        assertThat(QmpClientOptions.DEFAULTS.reconnect())
                .isEqualTo(ReconnectPolicy.exponential(Duration.ofMillis(100), 1.6, 0.2, Duration.ofSeconds(30)));
    }
}
