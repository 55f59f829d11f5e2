package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.qmp.agent.BlockingGuestAgent;
import dev.qmp.agent.ExecRequest;
import dev.qmp.agent.GuestAgent;
import dev.qmp.agent.GuestFile;
import dev.qmp.agent.GuestProgram;
import dev.qmp.device.Device;
import dev.qmp.device.Devices;
import dev.qmp.error.Text;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventMatch;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Operation;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.event.QmpEvents;
import dev.qmp.hmp.Hmp;
import dev.qmp.input.Input;
import dev.qmp.job.Job;
import dev.qmp.job.Jobs;
import dev.qmp.media.Media;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpVersion;
import dev.qmp.migration.Migration;
import dev.qmp.migration.MigrationTask;
import dev.qmp.monitor.Monitors;
import dev.qmp.power.GuestStatusWatch;
import dev.qmp.power.Power;
import dev.qmp.power.PowerLadder;
import dev.qmp.process.QemuLauncher;
import dev.qmp.process.QemuProcess;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.AsyncProtocol;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.LineScanner;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.qapi.EventName;
import dev.qmp.qapi.command.DumpGuestMemory;
import dev.qmp.qapi.command.MigrateSetParameters;
import dev.qmp.qapi.type.DirtyRateMeasureMode;
import dev.qmp.qapi.type.MigrationCapability;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatsProvider;
import dev.qmp.qapi.type.StatsTarget;
import dev.qmp.qapi.type.StatsType;
import dev.qmp.qapi.type.StatsUnit;
import dev.qmp.schema.EnumType;
import dev.qmp.schema.ObjectType;
import dev.qmp.schema.QmpSchema;
import dev.qmp.schema.SchemaMember;
import dev.qmp.schema.SchemaType;
import dev.qmp.screen.Screen;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.DeviceSimulation;
import dev.qmp.server.simulation.GuestSimulation;
import dev.qmp.server.simulation.JobSimulation;
import dev.qmp.server.simulation.ProgramEnd;
import dev.qmp.statistics.DirtyRateOptions;
import dev.qmp.statistics.Statistics;
import dev.qmp.task.ForwardingTask;
import dev.qmp.task.ShutdownWatch;
import dev.qmp.task.StateWatch;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.LineProtocol;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.TypeVariable;
import java.math.BigInteger;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Every public method refuses a missing argument at once, by the name of its parameter. */
class MisuseTests {

    /**
     * The engine, the types that are generated from QEMU's schema with what supports them, and the checks themselves.
     */
    private static final List<String> NOT_CALLED = List.of("dev.qmp.internal", "dev.qmp.qapi", "dev.qmp.error.Checks");

    /** Interfaces that an application or a protocol implements, so that the engine calls them. */
    private static final Set<String> CALLED_BY_THE_ENGINE = Set.of(
            "CommandObserver",
            "TaskObserver",
            "CommandObserver.Observation",
            "CommandHandler",
            "RunstateListener",
            "FrameScanner",
            "LineScanner",
            "MessageCodec",
            "ReconnectPolicy",
            "ReconnectPolicy.Schedule",
            "StateWatch.Subject");

    @EventName("STOP")
    private record Sample() {}

    private static QmpServer server;
    private static QmpServer agentServer;
    private static QmpClient client;
    private static EventLoops loops;
    private static Process bystander;

    @BeforeAll
    static void open() throws IOException {
        bystander = new ProcessBuilder("sleep", "300").start();
        loops = EventLoops.create(1);
        server = QmpServer.builder("tcp:127.0.0.1:0").eventLoops(loops).start();
        agentServer = QmpServer.builder("tcp:127.0.0.1:0")
                .guestAgent()
                .eventLoops(loops)
                .start();
        client = QmpClient.builder("tcp:127.0.0.1:1").eventLoops(loops).build();
    }

    @AfterAll
    static void close() {
        bystander.destroyForcibly();
        client.close();
        server.close();
        agentServer.close();
        loops.close();
    }

    @Test
    @DisplayName("null is refused by the name of the parameter")
    void refusesNullByName() throws IOException {
        List<String> misses = new ArrayList<>();
        int calls = 0;
        for (Class<?> type : publicTypes()) {
            for (Executable member : members(type)) {
                Parameter[] parameters = member.getParameters();
                for (int i = 0; i < parameters.length; i++) {
                    if (parameters[i].getType().isPrimitive() || mayBeNull(parameters[i].getAnnotatedType())) {
                        continue;
                    }
                    calls++;
                    String outcome = outcomeOfNull(type, member, i);
                    if (outcome != null) {
                        misses.add(
                                name(type) + "." + member.getName() + "(" + parameters[i].getName() + "): " + outcome);
                    }
                }
            }
        }
        assertThat(misses).isEmpty();
        assertThat(calls).isGreaterThan(150);
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
    }

    /** {@return whether a type is marked as nullable, or is a type variable that stands for such types, too} */
    private static boolean mayBeNull(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class)
                || (type instanceof AnnotatedTypeVariable variable
                        && variable.getType() instanceof TypeVariable<?> declared
                        && declared.getAnnotatedBounds()[0].isAnnotationPresent(Nullable.class));
    }

    private static final Map<String, IntFunction<Object>> COUNTS = Map.of(
            "maxMessageSize", QmpClient.builder("tcp:h:1")::maxMessageSize,
            "maxCommandSize", QmpClient.builder("tcp:h:1")::maxCommandSize,
            "maxInFlight", QmpClient.builder("tcp:h:1")::maxInFlight,
            "queueCapacity", QmpClient.builder("tcp:h:1")::queueCapacity,
            "eventCapacity", QmpClient.builder("tcp:h:1")::eventCapacity,
            "maxOutboundSize", ProtocolOptions.builder("sample")::maxOutboundSize,
            "capacity", ListenerOptions.DEFAULTS::withCapacity);

    @Test
    @DisplayName("a size or a count that is not positive is refused by its name")
    void refusesCountsThatAreNotPositive() {
        COUNTS.forEach((name, option) -> {
            for (int count : new int[] {0, -1, Integer.MIN_VALUE}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> option.apply(count))
                        .withMessageContaining(name)
                        .withMessageContaining("positive");
            }
            assertThat(option.apply(2_000_000)).isNotNull();
        });
    }

    @Test
    @DisplayName("other numbers out of range are refused by their names")
    void refusesNumbersOutOfRange() {
        refuses("queueCapacity", () -> QmpClient.builder("tcp:h:1").queueCapacity(2_000_001));
        refuses("lost", () -> new EventSignal.Gap(-1));
        refuses("major", () -> new QmpVersion(-1, 0, 0, ""));
        refuses("minor", () -> new QmpVersion(0, -1, 0, ""));
        refuses("micro", () -> new QmpVersion(0, 0, -1, ""));
        refuses("port", () -> Endpoint.tcp("h", -1));
        refuses("port", () -> Endpoint.tcp("h", 65_536));
        refuses("threads", () -> EventLoops.create(0));
        refuses("threads", () -> EventLoops.create(Integer.MAX_VALUE));
        refuses("history", () -> new ListenerOptions(1, OverflowPolicy.END, -1));
        refuses("maxLength", () -> Text.printable("a", -1));
        for (double multiplier : new double[] {0.9, Double.NaN, Double.POSITIVE_INFINITY}) {
            refuses("multiplier", () -> exponential(Duration.ofSeconds(1), multiplier, 0));
        }
        for (double jitter : new double[] {-0.1, 1.1, Double.NaN}) {
            refuses("jitter", () -> exponential(Duration.ofSeconds(1), 2, jitter));
        }
        refuses("maxDelay", () -> exponential(Duration.ofSeconds(11), 2, 0));
    }

    private static ReconnectPolicy exponential(Duration initialDelay, double multiplier, double jitter) {
        return ReconnectPolicy.exponential(initialDelay, multiplier, jitter, Duration.ofSeconds(10));
    }

    private static void refuses(String name, Supplier<Object> call) {
        assertThatIllegalArgumentException().isThrownBy(call::get).withMessageContaining(name);
    }

    private static final List<Map.Entry<String, Function<Duration, Object>>> DURATIONS = List.of(
            Map.entry("connectTimeout", timeout -> QmpClient.builder("tcp:h:1")
                    .connectTimeout(timeout)
                    .build()),
            Map.entry("handshakeTimeout", timeout -> QmpClient.builder("tcp:h:1")
                    .handshakeTimeout(timeout)
                    .build()),
            Map.entry("writeTimeout", timeout -> QmpClient.builder("tcp:h:1")
                    .writeTimeout(timeout)
                    .build()),
            Map.entry("disconnectTimeout", timeout -> QmpClient.builder("tcp:h:1")
                    .disconnectTimeout(timeout)
                    .build()),
            Map.entry("commandTimeout", timeout -> QmpClient.builder("tcp:h:1")
                    .commandTimeout(timeout)
                    .build()),
            Map.entry("timeout", QmpCommand.of("query-status")::withTimeout),
            Map.entry("limit", limit -> Operation.of(QmpCommand.of("stop"), EventFilter.named("STOP"), limit)),
            Map.entry("initialDelay", delay -> ReconnectPolicy.exponential(
                            delay, 2, 0, Duration.ofSeconds(Long.MAX_VALUE))
                    .newSchedule()
                    .nextDelay()),
            Map.entry("interval", interval -> Jobs.of(client).withProgressInterval(interval)),
            Map.entry("limit", limit -> Jobs.of(client).withReconnectLimit(limit)),
            Map.entry("interval", interval -> Migration.of(client).withProgressInterval(interval)),
            Map.entry("limit", limit -> Migration.of(client).withReconnectLimit(limit)),
            Map.entry("limit", limit -> Devices.of(client).unplug("sample", limit)),
            Map.entry("limit", limit -> Media.of(client).eject("sample", limit)),
            Map.entry("limit", limit -> Power.of(client).awaitStatus(limit, RunState.RUNNING)),
            Map.entry("limit", limit -> PowerLadder.none().ask(limit)),
            Map.entry("limit", MisuseTests::awaitTask),
            Map.entry(
                    "timeout", timeout -> QemuLauncher.of("qemu-system-aarch64").withStartTimeout(timeout)));

    private static Object awaitTask(Duration limit) {
        TaskSource<String> source =
                new TaskSource<>("sample", Runnable::run, () -> CompletableFuture.completedFuture(null));
        source.complete("done");
        return source.task().await(limit);
    }

    @Test
    @DisplayName("a duration is refused by its name unless it is positive, and may be as long as it likes")
    void refusesDurationsThatAreNotPositive() {
        for (Map.Entry<String, Function<Duration, Object>> duration : DURATIONS) {
            String name = duration.getKey();
            Function<Duration, Object> option = duration.getValue();
            for (Duration value : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> option.apply(value))
                        .withMessageContaining(name)
                        .withMessage(name + " must be positive, not " + value);
            }
            assertThat(option.apply(Duration.ofSeconds(Long.MAX_VALUE))).isNotNull();
        }
        refuses("livenessTimeout", () -> QmpClient.builder("tcp:h:1").livenessTimeout(Duration.ofNanos(-1)));
    }

    @Test
    @DisplayName("a wait of any length is a wait")
    void waitsForAnyTime() {
        Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> server.awaitClient(longest));
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> server.awaitReceived("query-status", longest));
    }

    @Test
    @DisplayName("TLS is refused for an endpoint that has none, because the session would be plain text")
    void refusesTlsOnUnixSockets() {
        TlsOptions tls = TlsOptions.of(() -> {
            throw new AssertionError("not read");
        });
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> QmpClient.builder("unix:/run/vm1.qmp").tls(tls).build())
                .withMessage("tls: QEMU has no TLS on Unix sockets, and unix:/run/vm1.qmp is one; remove the option");
    }

    @Test
    @DisplayName("a name is not blank")
    void refusesBlankNames() {
        for (String name : List.of("", " ", "\n")) {
            refuses("name", () -> QmpClient.builder("tcp:h:1").name(name));
            refuses("name", () -> QmpServer.builder("tcp:h:1").name(name));
        }
        refuses("name", () -> QmpCommand.of(" "));
        refuses("name", () -> EventFilter.named(List.of()));
    }

    @Test
    @DisplayName("event loops and connections of the application's own make are refused where they come in")
    void refusesForeignImplementations() {
        EventLoops foreign = foreign(EventLoops.class);
        String remedy = "EventLoops.create or EventLoops.shared, not by "
                + foreign.getClass().getName();
        refuses(remedy, () -> ProtocolOptions.builder("sample").eventLoops(foreign));
        refuses(remedy, () -> QmpClient.builder("tcp:h:1").eventLoops(foreign));
        refuses(
                remedy,
                () -> QmpServer.builder("tcp:127.0.0.1:0").eventLoops(foreign).start());
        refuses(remedy, () -> Acceptor.bind(Endpoint.tcp("127.0.0.1", 0), foreign, null));

        Connection connection = foreign(Connection.class);
        LineProtocol protocol = new LineProtocol(
                ProtocolOptions.builder("sample").eventLoops(loops).build(), line -> {});
        refuses(
                "Acceptor.accept or EventLoops.adopt, not by "
                        + connection.getClass().getName(),
                () -> protocol.connect(connection));
        assertThat(protocol.runstate()).isEqualTo(Runstate.IDLE);
    }

    private static <T> T foreign(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    throw new AssertionError(method + " is called");
                }));
    }

    /** {@return what is wrong with the refusal, null if nothing} */
    private static @Nullable String outcomeOfNull(Class<?> type, Executable member, int missing) {
        Parameter[] parameters = member.getParameters();
        Object[] arguments = new Object[parameters.length];
        String name = parameters[missing].getName();
        try {
            for (int i = 0; i < parameters.length; i++) {
                arguments[i] = i == missing ? null : sample(parameters[i].getType(), parameters[i].getName());
            }
            if (member instanceof Constructor<?> constructor) {
                constructor.newInstance(arguments);
            } else {
                member.setAccessible(true);
                Object target = Modifier.isStatic(member.getModifiers()) ? null : sample(type, "");
                ((Method) member).invoke(target, arguments);
            }
            return "accepted";
        } catch (InvocationTargetException e) {
            Throwable refusal = e.getCause();
            boolean isRefusal = refusal instanceof IllegalArgumentException
                    ? !parameters[missing].isNamePresent()
                            || String.valueOf(refusal.getMessage()).contains(name)
                    : refusal instanceof NullPointerException && namesAlone(refusal.getMessage(), parameters[missing]);
            return isRefusal ? null : refusal.toString();
        } catch (ReflectiveOperationException | RuntimeException e) {
            return "cannot be called: " + e;
        }
    }

    /**
     * An option's name may be longer than the parameter's: {@code connectTimeout} instead of {@code timeout}. A class
     * that a tool has transformed in this JVM has lost the names of its parameters.
     */
    private static boolean namesAlone(@Nullable String message, Parameter parameter) {
        return message != null
                && !message.isEmpty()
                && message.chars().allMatch(Character::isJavaIdentifierPart)
                && (!parameter.isNamePresent()
                        || message.toLowerCase(Locale.ROOT)
                                .endsWith(parameter.getName().toLowerCase(Locale.ROOT)));
    }

    private static List<Class<?>> publicTypes() throws IOException {
        Path sources = Path.of("src/main/java");
        List<Class<?>> types = new ArrayList<>();
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.sorted().toList()) {
                String source = sources.relativize(file).toString().replace('/', '.');
                if (source.endsWith(".java")
                        && !source.endsWith("-info.java")
                        && NOT_CALLED.stream().noneMatch(source::startsWith)) {
                    addPublic(load(source.substring(0, source.length() - ".java".length())), types);
                }
            }
        }
        return types;
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static void addPublic(Class<?> type, List<Class<?>> types) {
        if (Modifier.isPublic(type.getModifiers())) {
            types.add(type);
            Arrays.stream(type.getDeclaredClasses()).forEach(nested -> addPublic(nested, types));
        }
    }

    /** A failure is made where something else has failed already: a second failure there would hide the first one. */
    private static List<Executable> members(Class<?> type) {
        if (type.isAnnotation() || CALLED_BY_THE_ENGINE.contains(name(type))) {
            return Stream.of(type.getDeclaredMethods())
                    .filter(method -> Modifier.isStatic(method.getModifiers()))
                    .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                    .map(Executable.class::cast)
                    .toList();
        }
        List<Executable> members = new ArrayList<>();
        if (!Throwable.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers())) {
            members.addAll(List.of(type.getConstructors()));
        }
        Stream.of(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) || isForProtocols(method))
                .filter(method -> !method.isSynthetic() && !method.getName().equals("equals"))
                .filter(method -> !(type.isEnum() && method.getName().equals("valueOf")))
                .forEach(members::add);
        return members;
    }

    /** {@return whether a protocol of the application calls the method} The other protected ones are its hooks. */
    private static boolean isForProtocols(Method method) {
        return method.getDeclaringClass() == AsyncProtocol.class
                && Modifier.isProtected(method.getModifiers())
                && Modifier.isFinal(method.getModifiers());
    }

    @Test
    @DisplayName("a protocol without options or without a codec is refused by the name of the parameter")
    void refusesAProtocolWithoutOptionsOrCodec() {
        ProtocolOptions options = ProtocolOptions.builder("sample").build();
        assertThatNullPointerException()
                .isThrownBy(() -> new LineProtocol(null, line -> {}))
                .withMessage("options");
        assertThatNullPointerException()
                .isThrownBy(() -> new LineProbe(options, null))
                .withMessage("codec");
    }

    private static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    }

    private static final Map<Class<?>, Supplier<Object>> SAMPLES = new HashMap<>();

    static {
        SAMPLES.put(int.class, () -> 1);
        SAMPLES.put(long.class, () -> 1L);
        SAMPLES.put(Integer.class, () -> 1);
        SAMPLES.put(Migration.class, () -> Migration.of(client));
        SAMPLES.put(MigrationTask.class, () -> Migration.of(client).follow());
        SAMPLES.put(MigrateSetParameters.class, MigrateSetParameters::command);
        SAMPLES.put(MigrationCapability.class, () -> MigrationCapability.XBZRLE);
        SAMPLES.put(Jobs.class, () -> Jobs.of(client));
        SAMPLES.put(Job.class, () -> Jobs.of(client).attach("sample"));
        SAMPLES.put(ForwardingTask.class, () -> Jobs.of(client).attach("sample"));
        SAMPLES.put(DumpGuestMemory.class, () -> DumpGuestMemory.command(false));
        SAMPLES.put(ShutdownWatch.class, ShutdownWatch::new);
        SAMPLES.put(StateWatch.class, MisuseTests::stateWatch);
        SAMPLES.put(Long.class, () -> 1L);
        SAMPLES.put(Thread.class, Thread::currentThread);
        SAMPLES.put(TaskSource.class, MisuseTests::taskSource);
        SAMPLES.put(Task.class, () -> taskSource().task());
        SAMPLES.put(RunState.class, () -> RunState.PAUSED);
        SAMPLES.put(Hmp.class, () -> Hmp.of(client));
        SAMPLES.put(Monitors.class, () -> Monitors.of(client));
        SAMPLES.put(Power.class, () -> Power.of(client));
        SAMPLES.put(PowerLadder.class, PowerLadder::standard);
        SAMPLES.put(GuestStatusWatch.class, () -> GuestStatusWatch.open(client));
        SAMPLES.put(GuestAgent.class, () -> GuestAgent.of(client));
        SAMPLES.put(BlockingGuestAgent.class, () -> GuestAgent.of(client).blocking());
        SAMPLES.put(GuestProgram.class, () -> GuestAgent.of(client).attach(1, StandardCharsets.UTF_8));
        SAMPLES.put(GuestFile.class, () -> GuestFile.of(GuestAgent.of(client), "/f", 1));
        SAMPLES.put(byte.class, () -> (byte) 1);
        SAMPLES.put(ExecRequest.class, () -> ExecRequest.of("true"));
        SAMPLES.put(Charset.class, () -> StandardCharsets.UTF_8);
        SAMPLES.put(QemuLauncher.class, () -> QemuLauncher.of("qemu-system-nothing"));
        SAMPLES.put(QemuProcess.class, () -> QemuProcess.adopt(client, bystander.pid()));
        SAMPLES.put(double.class, () -> 1.0);
        SAMPLES.put(boolean.class, () -> false);
        SAMPLES.put(Boolean.class, () -> false);
        SAMPLES.put(Object.class, Map::of);
        SAMPLES.put(Duration.class, () -> Duration.ofSeconds(1));
        SAMPLES.put(Instant.class, () -> Instant.EPOCH);
        SAMPLES.put(UUID.class, () -> new UUID(0, 1));
        SAMPLES.put(Path.class, () -> Path.of("/tmp/none"));
        SAMPLES.put(Class.class, () -> Sample.class);
        SAMPLES.put(TypeReference.class, () -> new TypeReference<String>() {});
        SAMPLES.put(CommandPolicy.class, () -> CommandPolicy.of(List.of("query-status"), List.of()));
        SAMPLES.put(List.class, List::of);
        SAMPLES.put(Set.class, Set::of);
        SAMPLES.put(Map.class, Map::of);
        SAMPLES.put(Collection.class, () -> List.of("sample"));
        SAMPLES.put(Optional.class, Optional::empty);
        SAMPLES.put(Throwable.class, IOException::new);
        SAMPLES.put(RuntimeException.class, RuntimeException::new);
        SAMPLES.put(FileDescriptor.class, () -> FileDescriptor.in);
        SAMPLES.put(JsonNode.class, JsonNodeFactory.instance::objectNode);
        SAMPLES.put(ObjectNode.class, JsonNodeFactory.instance::objectNode);
        SAMPLES.put(Endpoint.class, () -> Endpoint.tcp("127.0.0.1", 1));
        SAMPLES.put(EventFilter.class, EventFilter::all);
        SAMPLES.put(QmpEvents.class, () -> client.events());
        SAMPLES.put(EventMailbox.class, () -> client.events().openMailbox(EventFilter.all()));
        SAMPLES.put(QmpClient.class, () -> client);
        SAMPLES.put(BlockingQmpClient.class, () -> client.blocking());
        SAMPLES.put(QmpClientBuilder.class, () -> QmpClient.builder("tcp:127.0.0.1:1"));
        SAMPLES.put(QmpServer.class, () -> server);
        SAMPLES.put(QmpServer.Builder.class, () -> QmpServer.builder("tcp:127.0.0.1:0"));
        SAMPLES.put(
                ProtocolOptions.class, () -> ProtocolOptions.builder("sample").build());
        SAMPLES.put(ProtocolOptions.Builder.class, () -> ProtocolOptions.builder("sample"));
        SAMPLES.put(EventLoops.class, () -> loops);
        SAMPLES.put(LineScanner.class, LineScanner::new);
        SAMPLES.put(RunstateWatcher.class, MisuseTests::watcher);
        SAMPLES.put(EnumType.class, MisuseTests::enumType);
        SAMPLES.put(FrameScanner.class, LineScanner::new);
        SAMPLES.put(
                AsyncProtocol.class,
                () -> new LineProtocol(ProtocolOptions.builder("sample").build(), line -> {}));
        SAMPLES.put(JobSimulation.class, () -> JobSimulation.on(server));
        SAMPLES.put(DeviceSimulation.class, () -> DeviceSimulation.on(server));
        SAMPLES.put(GuestSimulation.class, () -> GuestSimulation.on(agentServer));
        SAMPLES.put(ProgramEnd.class, () -> ProgramEnd.exit(0));
        SAMPLES.put(Devices.class, () -> Devices.of(client));
        SAMPLES.put(Device.class, () -> Device.of("usb-tablet", "sample"));
        SAMPLES.put(Media.class, () -> Media.of(client));
        SAMPLES.put(Input.class, () -> Input.of(client));
        SAMPLES.put(Statistics.class, () -> Statistics.of(client));
        SAMPLES.put(DirtyRateMeasureMode.class, () -> DirtyRateMeasureMode.PAGE_SAMPLING);
        SAMPLES.put(StatsProvider.class, () -> StatsProvider.KVM);
        SAMPLES.put(StatsTarget.class, () -> StatsTarget.VM);
        SAMPLES.put(StatsType.class, () -> StatsType.CUMULATIVE);
        SAMPLES.put(StatsUnit.class, () -> StatsUnit.BYTES);
        SAMPLES.put(BigInteger.class, () -> BigInteger.ONE);
        SAMPLES.put(DirtyRateOptions.class, () -> DirtyRateOptions.ofPeriod(Duration.ofSeconds(1)));
        SAMPLES.put(Screen.class, () -> Screen.of(client));
        SAMPLES.put(QmpSchema.class, MisuseTests::schema);
        SAMPLES.put(QmpCommand.class, () -> QmpCommand.of("query-status"));
        SAMPLES.put(QmpEvent.class, () -> QmpEvent.of("STOP"));
        SAMPLES.put(EventMatch.class, () -> EventFilter.named("STOP"));
        SAMPLES.put(
                Operation.class,
                () -> Operation.of(QmpCommand.of("stop"), EventFilter.named("STOP"), Duration.ofSeconds(1)));
        SAMPLES.put(
                ObjectType.class,
                () -> schema().command("query-status").orElseThrow().arguments());
        SAMPLES.put(
                SchemaType.class,
                () -> schema().command("query-status").orElseThrow().result());
        SAMPLES.put(SSLContext.class, MisuseTests::context);
        SAMPLES.put(SocketChannel.class, MisuseTests::channel);
    }

    private static Object stateWatch() {
        StateWatch.Subject subject = (StateWatch.Subject) sample(StateWatch.Subject.class, "");
        Duration second = Duration.ofSeconds(1);
        return new StateWatch(client.events(), EventFilter.all(), Runnable::run, second, second, subject);
    }

    private static TaskSource<String> taskSource() {
        return new TaskSource<>("sample", Runnable::run, () -> CompletableFuture.completedFuture(null));
    }

    private static Object watcher() {
        return new LineProtocol(ProtocolOptions.builder("sample").build(), line -> {}).watchRunstate();
    }

    private static Object enumType() {
        SchemaType result = schema().command("query-status").orElseThrow().result();
        return ((ObjectType) result)
                .members().values().stream()
                        .map(SchemaMember::type)
                        .filter(EnumType.class::isInstance)
                        .findFirst()
                        .orElseThrow();
    }

    private static QmpSchema schema() {
        return QmpSchema.recorded("7.2");
    }

    private static Object context() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Object channel() {
        try {
            return SocketChannel.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Object sample(Class<?> type, String name) {
        if (type == String.class) {
            return switch (name) {
                case "address", "text" -> "tcp:127.0.0.1:1";
                case "version" -> "7.2";
                default -> "sample";
            };
        }
        Supplier<Object> known = SAMPLES.get(type);
        if (known != null) {
            return known.get();
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        if (type.isArray()) {
            Object array = Array.newInstance(type.getComponentType(), 1);
            Array.set(array, 0, sample(type.getComponentType(), name));
            return array;
        }
        if (type.isRecord()) {
            return record(type);
        }
        if (type.isSealed()) {
            return sample(type.getPermittedSubclasses()[0], name);
        }
        if (type.isInterface()) {
            return Proxy.newProxyInstance(
                    MisuseTests.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> null);
        }
        throw new IllegalStateException("no sample of " + type);
    }

    private static Object record(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = Stream.of(components)
                .map(component -> sample(component.getType(), component.getName()))
                .toArray();
        try {
            return type.getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no sample of " + type, e);
        }
    }
}
