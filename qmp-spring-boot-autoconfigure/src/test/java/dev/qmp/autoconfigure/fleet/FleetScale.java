package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.fleet.FleetProcesses.Instance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Measures a fleet of three instances, by hand: the argument is the number of machines. */
public final class FleetScale {

    private static final String MEMBERS = "127.0.0.1:5901,127.0.0.1:5902,127.0.0.1:5903";

    private FleetScale() {}

    /** Prints the figures. */
    public static void main(String[] arguments) throws IOException {
        int machines = Integer.parseInt(arguments[0]);
        Path folder = Files.createTempDirectory("scale");
        try (FleetProcesses fleet = new FleetProcesses(folder, 0, machines)) {
            long begin = System.currentTimeMillis();
            Instance one = fleet.start("a", "127.0.0.1", MEMBERS, List.of());
            Instance two = fleet.start("b", "127.0.0.1", MEMBERS, List.of());
            Instance three = fleet.start("c", "127.0.0.1", MEMBERS, List.of());
            await(machines, one, two, three);
            System.out.println("spread after ms: " + (System.currentTimeMillis() - begin) + ": "
                    + one.running().size() + ", " + two.running().size() + ", "
                    + three.running().size());
            Files.createFile(Path.of(one.journal() + ".measure"));
            while (FleetProcesses.lines(one.journal()).stream()
                            .filter(line -> line[0].equals("M"))
                            .count()
                    < 4) {
                pause();
            }
            FleetProcesses.lines(one.journal()).stream()
                    .filter(line -> line[0].equals("M"))
                    .forEach(line -> System.out.println(String.join(" ", line)));
            Set<String> lost = three.running();
            long killed = System.currentTimeMillis();
            three.process().destroyForcibly();
            await(machines, one, two);
            List<Long> times = new ArrayList<>();
            for (Instance instance : List.of(one, two)) {
                for (Map.Entry<String, Long> time :
                        instance.runningAfter(killed).entrySet()) {
                    if (lost.contains(time.getKey())) {
                        times.add(time.getValue() - killed);
                    }
                }
            }
            times.sort(null);
            System.out.println("lost " + lost.size() + ", recovered " + times.size() + ", first ms " + times.get(0)
                    + ", median ms " + times.get(times.size() / 2) + ", worst ms " + times.get(times.size() - 1));
            long restarted = System.currentTimeMillis();
            Instance back = fleet.start("d", "127.0.0.1", MEMBERS, List.of());
            await(machines, one, two, back);
            System.out.println("a third instance has its share after ms: " + (System.currentTimeMillis() - restarted)
                    + ": " + back.running().size());
        }
    }

    /** Waits until each machine has one session, and each instance some, for a while. */
    private static void await(int machines, Instance... instances) {
        int steady = 0;
        int last = -1;
        while (steady < 4) {
            int count = 0;
            int least = Integer.MAX_VALUE;
            for (Instance instance : instances) {
                int running = instance.running().size();
                count += running;
                least = Math.min(least, running);
            }
            boolean done = count == machines && least > machines / instances.length / 2;
            steady = done && (last == least || last < 0) ? steady + 1 : 0;
            last = done ? least : -1;
            pause();
        }
    }

    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
    }
}
