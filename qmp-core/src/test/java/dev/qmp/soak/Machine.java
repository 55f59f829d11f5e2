package dev.qmp.soak;

import dev.qmp.IdentityPolicy;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.Qemu;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** One real QEMU under load, to which things happen, and a second monitor of it that tells what was executed. */
final class Machine implements AutoCloseable {

    /** What happens to it in a round. */
    enum Chaos {
        NOTHING,
        CUT,
        FREEZE,
        KILL,
        REPLACE
    }

    private static final int COMMANDS = 300;
    private static final int PACE_MILLIS = 4;
    private static final ReconnectPolicy QUICK =
            ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0.2, Duration.ofMillis(200));

    private final String name;
    private final Random random;
    private final Ledger ledger = new Ledger();
    private final Map<Chaos, Integer> happened = new EnumMap<>(Chaos.class);
    private final CuttingProxy proxy;
    private final QmpClient client;
    private final QmpClient oracle;
    private final Qemu qemu;
    private CompletableFuture<Void> thawed = CompletableFuture.completedFuture(null);
    private int counter;

    Machine(String name, long seed) {
        this.name = name;
        this.random = new Random(seed);
        this.qemu = Qemu.start();
        this.proxy = CuttingProxy.to(qemu.socket());
        this.client = QmpClient.builder(proxy.endpoint())
                .name(name)
                .identityPolicy(IdentityPolicy.ANY)
                .commandTimeout(Duration.ofMillis(800))
                .handshakeTimeout(Duration.ofSeconds(3))
                .livenessTimeout(Duration.ofSeconds(1))
                .reconnect(QUICK)
                .build();
        this.oracle = QmpClient.builder(qemu.oracle())
                .name(name + "-oracle")
                .identityPolicy(IdentityPolicy.ANY)
                .reconnect(QUICK)
                .build();
        client.start();
        oracle.start();
    }

    /** Load, something that happens in the middle of it, and the reckoning. */
    void round() {
        awaitRunning(oracle);
        Chaos chaos = Chaos.values()[random.nextInt(Chaos.values().length)];
        happened.merge(chaos, 1, Integer::sum);
        if (chaos == Chaos.CUT) {
            proxy.cutNextAfter(random.nextBoolean(), 500 + random.nextInt(20_000));
            client.disconnect().exceptionally(failure -> null).join();
            client.start();
        }
        int when = random.nextInt(COMMANDS);
        List<CompletableFuture<?>> outcomes = new ArrayList<>();
        for (int command = 0; command < COMMANDS; command++) {
            if (command == when) {
                strike(chaos, outcomes);
            }
            outcomes.add(issue());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2 * PACE_MILLIS)));
        }
        CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new)).join();
        proxy.cutNextAfter(true, Integer.MAX_VALUE);
        reckon();
    }

    private CompletableFuture<?> issue() {
        String id = name + "-" + counter++;
        QmpCommand command = QmpCommand.of("object-add", Map.of("qom-type", "secret", "id", id, "data", "x"));
        return client.execute(command).handle((result, failure) -> {
            ledger.add(id, failure);
            return null;
        });
    }

    private void strike(Chaos chaos, List<CompletableFuture<?>> outcomes) {
        switch (chaos) {
            case NOTHING, CUT -> {}
            case FREEZE -> {
                qemu.freeze();
                thawed = CompletableFuture.runAsync(
                        qemu::thaw,
                        CompletableFuture.delayedExecutor(100 + random.nextInt(2500), TimeUnit.MILLISECONDS));
            }
            case KILL -> end(outcomes);
            case REPLACE -> {
                end(outcomes);
                qemu.nextStartWith("-uuid", new UUID(random.nextLong(), random.nextLong()).toString());
            }
        }
        if (!qemu.isAlive()) {
            qemu.restart();
        }
    }

    /** What the machine executes at the very last is known to nobody; what it had until shortly before is checked. */
    private void end(List<CompletableFuture<?>> outcomes) {
        Set<String> executed = executed().orTimeout(20, TimeUnit.SECONDS).join();
        qemu.kill();
        CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new)).join();
        ledger.forget(executed);
    }

    /** The machine that lives now agrees with what the client says of the commands that it was given. */
    private void reckon() {
        thawed.join();
        awaitRunning(oracle);
        Set<String> executed = executed().orTimeout(20, TimeUnit.SECONDS).join();
        ledger.agree(executed);
    }

    private CompletableFuture<Set<String>> executed() {
        return oracle.execute(QmpCommand.of("qom-list", Map.of("path", "/objects")))
                .thenApply(objects -> {
                    Set<String> ids = new TreeSet<>();
                    for (JsonNode object : objects) {
                        if (object.path("name").asString("").startsWith(name + "-")) {
                            ids.add(object.path("name").asString(""));
                        }
                    }
                    return ids;
                });
    }

    private static void awaitRunning(QmpClient client) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> client.runstate() == Runstate.RUNNING);
    }

    String report() {
        ledger.forget(executed().join());
        return name + ": " + happened + "; " + ledger.report() + "; reconnects "
                + client.status().reconnects() + ", stray replies "
                + client.status().strayReplies();
    }

    @Override
    public void close() {
        client.close();
        oracle.close();
        proxy.close();
        qemu.close();
    }
}
