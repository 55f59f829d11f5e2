package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.fleet.FleetProcesses.Instance;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures a fleet by hand: {@code test.scale.machines} machines on {@code test.scale.instances} instances, each a
 * process of its own. The machines live in other processes, because a process may have only so many open files.
 */
public final class FleetScale {

    private static final int MACHINES = Integer.getInteger("test.scale.machines", 10_000);
    private static final int INSTANCES = Integer.getInteger("test.scale.instances", 3);
    private static final int MACHINES_OF_A_PROCESS = 2500;
    private static final Duration QUIET = Duration.ofSeconds(20);
    private static final String LOCAL = "127.0.0.1";
    private static final String MEMBERS = FleetPorts.members();

    private final FleetProcesses fleet;
    private final List<Instance> instances = new ArrayList<>();

    private FleetScale(FleetProcesses fleet) {
        this.fleet = fleet;
    }

    /** Prints the figures; with a folder and two numbers, is a process of machines. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0) {
            serve(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
            return;
        }
        Path folder = Files.createTempDirectory("scale");
        try (FleetProcesses fleet = new FleetProcesses(folder, 0, 0)) {
            for (int from = 0; from < MACHINES; from += MACHINES_OF_A_PROCESS) {
                startMachines(fleet, folder, from, Math.min(from + MACHINES_OF_A_PROCESS, MACHINES));
            }
            new FleetScale(fleet).measure();
        }
    }

    // ------------------------------------------------------------------ machines

    private static void serve(Path folder, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            String name = "vm" + i;
            QmpServer.builder(Endpoint.unix(folder.resolve(name)))
                    .handler("query-name", CommandHandler.returning(Map.of("name", name)))
                    .start();
        }
        Files.createFile(folder.resolve("served-" + from));
        LockSupport.park(); // until the process is ended
    }

    private static void startMachines(FleetProcesses fleet, Path folder, int from, int to) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        FleetScale.class.getName(),
                        folder.toString(),
                        String.valueOf(from),
                        String.valueOf(to))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log-machines-" + from).toFile())
                .start();
        Map<String, String> machines = new LinkedHashMap<>();
        for (int i = from; i < to; i++) {
            machines.put("vm" + i, "unix:" + folder.resolve("vm" + i));
        }
        fleet.add(process, machines);
        while (!Files.exists(folder.resolve("served-" + from))) {
            pause();
        }
    }

    // ------------------------------------------------------------------ figures

    private void measure() throws IOException {
        System.out.println(MACHINES + " machines, " + INSTANCES + " instances, "
                + Runtime.getRuntime().availableProcessors() + " cores, load before: "
                + Files.readString(Path.of("/proc/loadavg")).strip());
        long begin = System.currentTimeMillis();
        for (int i = 0; i < INSTANCES; i++) {
            instances.add(start("i" + i));
        }
        long started = 0;
        for (Instance instance : instances) {
            started = Math.max(started, awaitStart(instance));
        }
        cpu("until the start");
        long spread = awaitSpread() - started;
        System.out.println("applications started after ms: " + (started - begin) + ", spread ms after that: " + spread
                + ": " + held());
        traffic("until the spread", begin);
        cpu("until the spread");
        long quiet = System.currentTimeMillis();
        while (System.currentTimeMillis() - quiet < QUIET.toMillis()) {
            pause();
        }
        traffic("idle", quiet);
        commands(instances.get(0));
        lose(instances.remove(INSTANCES - 1));
        long before = System.currentTimeMillis();
        Instance back = start("back");
        instances.add(back);
        long ready = awaitStart(back);
        System.out.println("another instance started after ms: " + (ready - before) + ", has its share ms after that: "
                + (awaitSpread() - ready));
        traffic("while it took its share", ready);
    }

    private void commands(Instance caller) throws IOException {
        Files.createFile(Path.of(caller.journal().file() + ".measure"));
        List<String[]> figures;
        do {
            pause();
            figures = caller.journal().lines().stream()
                    .filter(line -> line[0].equals("M"))
                    .toList();
        } while (figures.size() < 4);
        figures.forEach(line -> System.out.println("command " + String.join(" ", Arrays.copyOfRange(line, 1, 6))));
    }

    private void lose(Instance lost) {
        Set<String> machines = lost.running();
        long killed = System.currentTimeMillis();
        lost.process().destroyForcibly();
        awaitSpread();
        List<Long> times = new ArrayList<>();
        for (Instance instance : instances) {
            instance.runningAfter(killed).forEach((machine, time) -> {
                if (machines.contains(machine)) {
                    times.add(time - killed);
                }
            });
        }
        times.sort(null);
        System.out.println("lost " + machines.size() + ", recovered " + times.size() + ", ms: first " + times.get(0)
                + ", median " + times.get(times.size() / 2) + ", worst " + times.get(times.size() - 1));
        traffic("while it recovered", killed);
    }

    private Instance start(String name) {
        return fleet.start(name, LOCAL, MEMBERS, List.of(), "--test.traffic=true");
    }

    private static long awaitStart(Instance instance) {
        while (true) {
            for (String[] line : instance.journal().lines()) {
                if (line[0].equals("S")) {
                    return Long.parseLong(line[2]);
                }
            }
            pause();
        }
    }

    private List<Integer> held() {
        return instances.stream().map(instance -> instance.running().size()).toList();
    }

    /** Waits until each machine has one session, and each instance its share, for a while; {@return when that began} */
    private long awaitSpread() {
        int steady = 0;
        long since = 0;
        List<Integer> last = List.of();
        while (steady < 4) {
            long now = System.currentTimeMillis();
            List<Integer> held = held();
            boolean done = held.stream().mapToInt(Integer::intValue).sum() == MACHINES
                    && held.stream().allMatch(count -> count > MACHINES / instances.size() / 2);
            if (!done || !held.equals(last)) {
                steady = 0;
                since = now;
            } else {
                steady++;
            }
            last = held;
            pause();
        }
        return since;
    }

    /** Prints what all members have received since a moment, and the highest rate of a second. */
    private void traffic(String what, long since) {
        long messages = 0;
        long bytes = 0;
        long seconds = 0;
        double highest = 0;
        for (Instance instance : instances) {
            String[] first = null;
            String[] last = null;
            for (String[] line : instance.journal().lines()) {
                if (line[0].equals("N") && Long.parseLong(line[1]) >= since) {
                    if (last != null) {
                        highest = Math.max(
                                highest,
                                1000.0
                                        * (Long.parseLong(line[2]) - Long.parseLong(last[2]))
                                        / (Long.parseLong(line[1]) - Long.parseLong(last[1])));
                    }
                    first = first == null ? line : first;
                    last = line;
                }
            }
            if (last != null) {
                messages += Long.parseLong(last[2]) - Long.parseLong(first[2]);
                bytes += Long.parseLong(last[3]) - Long.parseLong(first[3]);
                seconds = Math.max(seconds, (Long.parseLong(last[1]) - Long.parseLong(first[1])) / 1000);
            }
        }
        System.out.println("cluster messages " + what + ": " + messages + " with " + bytes + " bytes in " + seconds
                + " s; highest rate at one member " + Math.round(highest) + " messages/s");
    }

    private void cpu(String what) {
        instances.forEach(instance -> System.out.println("CPU of " + instance.name() + " " + what + ": "
                + instance.process()
                        .info()
                        .totalCpuDuration()
                        .map(Duration::toMillis)
                        .orElse(-1L)
                + " ms"));
    }

    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(400));
    }
}
