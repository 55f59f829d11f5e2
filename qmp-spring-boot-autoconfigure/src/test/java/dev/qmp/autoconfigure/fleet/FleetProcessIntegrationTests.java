package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.autoconfigure.fleet.FleetProcesses.Instance;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that share real machines, and are killed, restarted and cut off, under load. The tag keeps them out of runs
 * that share the machine with another one: those on other versions of QEMU, and on another JDK.
 */
@RequiresQemu
@Tag("fleet-processes")
@Timeout(240)
class FleetProcessIntegrationTests {

    private static final int REAL = 3;
    private static final int OTHERS = Integer.getInteger("test.fleet.machines", 30);
    private static final int ROUNDS = Integer.getInteger("test.fleet.rounds", 1);
    private static final String LOCAL = "127.0.0.1";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private FleetProcesses fleet;

    @AfterEach
    void close() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private Instance start(String name) {
        return fleet.start(name, LOCAL, FleetPorts.members(), List.of(), "--test.load=3");
    }

    private static void awaitEnd(Instance instance) {
        await().atMost(PATIENCE).until(() -> !instance.process().isAlive());
    }

    private void awaitSpread(Instance... instances) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            int count = 0;
            Set<String> all = new TreeSet<>();
            for (Instance instance : instances) {
                assertThat(instance.isStarted())
                        .as("%s has started", instance.name())
                        .isTrue();
                Set<String> running = instance.running();
                assertThat(running).as("%s holds some", instance.name()).isNotEmpty();
                all.addAll(running);
                count += running.size();
            }
            assertThat(all).hasSameElementsAs(fleet.machines());
            assertThat(count).isEqualTo(fleet.machines().size());
        });
    }

    @Test
    void noCommandIsExecutedTwiceAndEveryOutcomeIsTrueWhileInstancesAreKilledAndRestarted() {
        fleet = new FleetProcesses(folder, REAL, OTHERS);
        Instance[] instances = {start("a0"), start("b0"), start("c0")};
        awaitSpread(instances);
        List<Long> failOver = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            Instance killed = instances[2];
            Set<String> lost = killed.running();
            long moment = System.currentTimeMillis();
            killed.process().destroyForcibly();
            awaitSpread(instances[0], instances[1]);
            Map<String, Long> back = new TreeMap<>();
            for (Instance instance : List.of(instances[0], instances[1])) {
                instance.runningAfter(moment).forEach((machine, time) -> back.merge(machine, time, Math::min));
            }
            assertThat(back).containsKeys(lost.toArray(String[]::new));
            lost.forEach(machine -> failOver.add(back.get(machine) - moment));
            instances[2] = start("c" + round);
            awaitSpread(instances);
        }
        List<Long> handOver = new ArrayList<>();
        for (int i = 0; i < instances.length; i++) {
            Instance old = instances[i];
            Set<String> held = old.running();
            long moment = System.currentTimeMillis();
            old.process().destroy();
            instances[i] = start(old.name().charAt(0) + "9"); // while the old one drains
            awaitEnd(old);
            awaitSpread(instances);
            Map<String, Long> first = new TreeMap<>();
            for (Instance instance : instances) {
                instance.runningAfter(moment).forEach((machine, time) -> first.merge(machine, time, Math::min));
            }
            assertThat(first).containsKeys(held.toArray(String[]::new));
            held.forEach(machine -> handOver.add(first.get(machine) - moment));
        }
        Map<String, Integer> outcomes = fleet.assertEveryOutcomeIsTrue();
        System.out.println("outcomes: " + outcomes + "; fail-over ms: " + summary(failOver) + "; planned hand-over ms: "
                + summary(handOver));
        assertThat(outcomes.get("done")).isGreaterThan(100);
    }

    /** Both halves claim; the machines themselves keep the second one out; afterwards there is one owner again. */
    @Test
    void aSplitNetworkGivesNoMachineTwoInstances() throws IOException {
        try (SplitNetwork network = SplitNetwork.create()) {
            fleet = new FleetProcesses(folder, REAL, OTHERS);
            String[] more = {
                "--test.load=2", "--qmp.defaults.handshake-timeout=2s", "--qmp.fleet.retry-held=1s",
            };
            // with ports, because Hazelcast waits five seconds for each port that it tries and that is closed
            String port = ":" + FleetPorts.PROCESSES.get(0);
            String members = SplitNetwork.LEFT + port + "," + SplitNetwork.RIGHT + port;
            Instance left = fleet.start("left", SplitNetwork.LEFT, members, network.inLeft(), more);
            Instance right = fleet.start("right", SplitNetwork.RIGHT, members, network.inRight(), more);
            awaitSpread(left, right);
            Set<String> heldLeft = left.running();
            Set<String> heldRight = right.running();
            long split = System.currentTimeMillis();
            network.split();
            await().atMost(PATIENCE)
                    .until(() -> left.hasLogged(folder, "another client may hold this monitor")
                            && right.hasLogged(folder, "another client may hold this monitor"));
            assertThat(left.running()).isEqualTo(heldLeft);
            assertThat(right.running()).isEqualTo(heldRight);
            long healed = System.currentTimeMillis();
            network.heal();
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
                assertThat(left.doneSince(healed)).hasSameElementsAs(fleet.machines());
                assertThat(right.doneSince(healed)).hasSameElementsAs(fleet.machines());
            });
            System.out.println(
                    "every machine reached from everywhere after ms: " + (System.currentTimeMillis() - healed));
            assertThat(left.running()).isEqualTo(heldLeft);
            assertThat(right.running()).isEqualTo(heldRight);
            assertThat(left.endedSince(split)).as("ended by the old owner").doesNotContainAnyElementsOf(heldLeft);
            assertThat(right.endedSince(split)).as("ended by the old owner").doesNotContainAnyElementsOf(heldRight);
            System.out.println("outcomes: " + fleet.assertEveryOutcomeIsTrue());
        }
    }

    private static String summary(List<Long> times) {
        List<Long> sorted = times.stream().sorted().toList();
        return "median " + sorted.get(sorted.size() / 2) + ", worst " + sorted.get(sorted.size() - 1) + " of "
                + sorted.size();
    }
}
