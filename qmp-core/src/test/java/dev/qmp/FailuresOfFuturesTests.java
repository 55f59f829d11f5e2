package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.agent.ExecRequest;
import dev.qmp.agent.GuestAgent;
import dev.qmp.agent.GuestFile;
import dev.qmp.agent.GuestShutdownMode;
import dev.qmp.agent.GuestSuspendMode;
import dev.qmp.device.Device;
import dev.qmp.device.Devices;
import dev.qmp.error.QmpException;
import dev.qmp.hmp.Hmp;
import dev.qmp.input.Input;
import dev.qmp.job.Job;
import dev.qmp.job.Jobs;
import dev.qmp.media.Media;
import dev.qmp.message.QmpCommand;
import dev.qmp.migration.Migration;
import dev.qmp.migration.MigrationTask;
import dev.qmp.monitor.Monitors;
import dev.qmp.power.Power;
import dev.qmp.qapi.agent.command.GuestPing;
import dev.qmp.qapi.type.InputButton;
import dev.qmp.qapi.type.QKeyCode;
import dev.qmp.qapi.type.StatsTarget;
import dev.qmp.screen.Screen;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.statistics.Statistics;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Each future of a public method fails with the failure itself, never with a {@code CompletionException} around it.
 * A method that returns the end of a chain passes it to {@code TaskSource.unwrapped}.
 */
@Timeout(30)
class FailuresOfFuturesTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final CommandHandler REJECTING = CommandHandler.rejecting("GenericError", "not today");

    /** Methods whose futures no rejection of a machine fails. The application implements the last one. */
    private static final Set<String> WITHOUT_REJECTION = Set.of(
            "QmpClient.connect",
            "QmpClient.disconnect",
            "QmpClient.executeRaw",
            "QmpEvents.next",
            "Subscription.delivered",
            "Acceptor.accept",
            "Acceptor.bind",
            "AsyncProtocol.accept",
            "AsyncProtocol.connect",
            "AsyncProtocol.disconnect",
            "AsyncProtocol.startServer",
            "AsyncProtocol.startServerAndAccept",
            "QemuLauncher.start",
            "QemuProcess.kill",
            "QemuProcess.onExit",
            "QemuProcess.stop",
            "QmpServer.disconnectClient",
            "TaskSource.unwrapped",
            "Task.cancel",
            "ForwardingTask.cancel",
            "StateWatch.Subject.inspect");

    private final QmpServer monitor = QmpServer.builder("tcp:127.0.0.1:0")
            .handler("query-qmp-schema", REJECTING)
            .start();
    private final QmpServer guest = QmpServer.builder("tcp:127.0.0.1:0")
            .guestAgent()
            .handler("guest-ping", REJECTING)
            .handler("guest-info", REJECTING)
            .start();
    private final QmpClient vm = QmpClient.builder(monitor.endpoint()).build();
    private final QmpClient agentClient =
            QmpClient.builder(guest.endpoint()).guestAgent().build();
    private final QmpClient refusingClient = QmpClient.builder(guest.endpoint())
            .guestAgent()
            .commandPolicy(CommandPolicy.of(List.of(), List.of("guest-ping")))
            .build();
    private final GuestAgent agent = GuestAgent.of(agentClient);

    private final Map<String, Supplier<CompletableFuture<?>>> calls = new TreeMap<>();

    @BeforeEach
    void connect() {
        vm.blocking().connect();
        agentClient.blocking().connect();
    }

    @AfterEach
    void close() {
        vm.close();
        agentClient.close();
        refusingClient.close();
        monitor.close();
        guest.close();
    }

    private void callsOfTheClient() {
        calls.put("QmpClient.execute", () -> vm.execute("query-status"));
        calls.put("QmpClient.schema", vm::schema);
        calls.put("Task.result", () -> Power.of(vm).reset(LIMIT).result());
        calls.put("ForwardingTask.result", () -> job().result());
        calls.put("Hmp.execute", () -> Hmp.of(vm).execute("info version"));
        calls.put("Hmp.executeQuietly", () -> Hmp.of(vm).executeQuietly("info version"));
        calls.put("Hmp.executeUnjudged", () -> Hmp.of(vm).executeUnjudged("info version"));
        calls.put("Power.pause", () -> Power.of(vm).pause());
        calls.put("Power.resume", () -> Power.of(vm).resume());
        calls.put("Power.status", () -> Power.of(vm).status());
        calls.put("Monitors.add", () -> Monitors.of(vm).add("second", Path.of("/tmp/none")));
        calls.put("Monitors.remove", () -> Monitors.of(vm).remove("second"));
    }

    private Job job() {
        return Jobs.of(vm).start(QmpCommand.of("blockdev-backup", Map.of("job-id", "job0")));
    }

    private void callsOfDevicesAndJobs() {
        calls.put("Jobs.list", () -> Jobs.of(vm).list());
        calls.put("Jobs.dismiss", () -> Jobs.of(vm).dismiss("job0"));
        calls.put("Job.pause", () -> job().pause());
        calls.put("Job.resume", () -> job().resume());
        calls.put("Job.setSpeed", () -> job().setSpeed(1));
        calls.put("Job.ready", () -> job().ready());
        calls.put("Job.complete", () -> job().complete());
        calls.put("Job.stopMirror", () -> job().stopMirror());
        calls.put("Job.finalizeJob", () -> job().finalizeJob());
        calls.put("Job.blockInfo", () -> job().blockInfo());
        calls.put("Devices.isPlugged", () -> Devices.of(vm).isPlugged("disk0"));
        calls.put("Devices.removeBackends", () -> Devices.of(vm)
                .removeBackends(Device.of("virtio-net-pci", "net0").withNetwork(Map.of("type", "user", "id", "net0"))));
        calls.put("Media.tray", () -> Media.of(vm).tray("cd0"));
        calls.put("MigrationTask.startPostcopy", () -> migration().startPostcopy());
        calls.put("MigrationTask.recover", () -> migration().recover("unix:/none"));
        calls.put("MigrationTask.continueSwitchover", () -> migration().continueSwitchover());
    }

    private MigrationTask migration() {
        return Migration.of(vm).to(vm, "unix:/none");
    }

    private void callsOfTheScreen() {
        Statistics statistics = Statistics.of(vm);
        calls.put("Statistics.block", statistics::block);
        calls.put("Statistics.blockNodes", statistics::blockNodes);
        calls.put("Statistics.stats", () -> statistics.stats(StatsTarget.VM));
        calls.put("Statistics.balloonSize", statistics::balloonSize);
        calls.put("Statistics.guestMemory", () -> statistics.guestMemory("balloon0"));
        calls.put("Statistics.pollGuestMemory", () -> statistics.pollGuestMemory("balloon0", LIMIT));
        calls.put("Screen.png", () -> Screen.of(vm).png());
        calls.put("Screen.ppm", () -> Screen.of(vm).ppm());
        Input input = Input.of(vm);
        calls.put("Input.press", () -> input.press(QKeyCode.A));
        calls.put("Input.moveTo", () -> input.moveTo(0, 0));
        calls.put("Input.moveToPixel", () -> input.moveToPixel(0, 0, 1, 1));
        calls.put("Input.moveBy", () -> input.moveBy(1, 1));
        calls.put("Input.click", () -> input.click(InputButton.LEFT));
    }

    private void callsOfTheAgent() {
        calls.put("GuestAgent.execute", () -> agent.execute(GuestPing.command()));
        calls.put("GuestAgent.ping", agent::ping);
        calls.put("GuestAgent.isListening", () -> refusing().isListening(LIMIT));
        calls.put("GuestAgent.info", agent::info);
        calls.put("GuestAgent.supports", () -> agent.supports("guest-exec"));
        calls.put("GuestAgent.open", () -> agent.open("/f", "r"));
        calls.put("GuestAgent.whileFrozen", () -> agent.whileFrozen(LIMIT, () -> new CompletableFuture<>()));
        calls.put("GuestAgent.time", agent::time);
        calls.put("GuestAgent.setTime", () -> agent.setTime(Instant.EPOCH));
        calls.put("GuestAgent.setTimeFromClock", agent::setTimeFromClock);
        calls.put("GuestAgent.users", agent::users);
        calls.put("GuestAgent.networkInterfaces", agent::networkInterfaces);
        calls.put("GuestAgent.disks", agent::disks);
        calls.put("GuestAgent.fileSystems", agent::fileSystems);
        calls.put("GuestAgent.operatingSystem", agent::operatingSystem);
        calls.put("GuestAgent.hostName", agent::hostName);
        calls.put("GuestAgent.shutdown", () -> agent.shutdown(GuestShutdownMode.HALT));
        calls.put("GuestAgent.suspend", () -> agent.suspend(GuestSuspendMode.DISK));
        calls.put("GuestProgram.pid", () -> agent.exec(ExecRequest.of("true")).pid());
        calls.put("GuestFile.read", () -> file().read(1));
        calls.put("GuestFile.write", () -> file().write(new byte[1]));
        calls.put("GuestFile.seek", () -> file().seek(0));
        calls.put("GuestFile.seekToEnd", () -> file().seekToEnd());
        calls.put("GuestFile.flush", () -> file().flush());
        calls.put("GuestFile.closeAsync", () -> file().closeAsync());
    }

    private GuestFile file() {
        return GuestFile.of(agent, "/f", 1);
    }

    /** A rejection proves that an agent listens, so only a refusal fails {@code isListening}. */
    private GuestAgent refusing() {
        return GuestAgent.of(refusingClient);
    }

    @Test
    @DisplayName("a future fails with the failure itself")
    void failsWithTheFailureItself() throws Exception {
        callsOfTheClient();
        callsOfDevicesAndJobs();
        callsOfTheScreen();
        callsOfTheAgent();
        Map<String, String> wrapped = new TreeMap<>();
        for (Map.Entry<String, Supplier<CompletableFuture<?>>> call : calls.entrySet()) {
            Object outcome = call.getValue()
                    .get()
                    .<Object>handle((value, failure) -> failure == null ? "success" : failure)
                    .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            if (!(outcome instanceof QmpException)) {
                wrapped.put(call.getKey(), outcome.toString());
            }
        }

        assertThat(wrapped)
                .as("pass the end of a chain to TaskSource.unwrapped")
                .isEmpty();
        Set<String> known = new TreeSet<>(calls.keySet());
        known.addAll(WITHOUT_REJECTION);
        assertThat(publicMethodsWithFutures()).as("add new methods to a list").hasSameElementsAs(known);
    }

    private static Set<String> publicMethodsWithFutures() throws IOException, ClassNotFoundException {
        Set<String> names = new TreeSet<>();
        Path sources = Path.of("src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                String name =
                        sources.relativize(file).toString().replace('/', '.').replaceFirst("\\.java$", "");
                if (!name.startsWith("dev.qmp.internal.") && !name.endsWith("-info")) {
                    addMethods(Class.forName(name), "", names);
                }
            }
        }
        return names;
    }

    private static void addMethods(Class<?> type, String outer, Set<String> names) {
        if (!Modifier.isPublic(type.getModifiers())) {
            return;
        }
        String name = outer + type.getSimpleName() + ".";
        for (Method method : type.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers())
                    && CompletionStage.class.isAssignableFrom(method.getReturnType())) {
                names.add(name + method.getName());
            }
        }
        Arrays.stream(type.getDeclaredClasses()).forEach(nested -> addMethods(nested, name, names));
    }
}
