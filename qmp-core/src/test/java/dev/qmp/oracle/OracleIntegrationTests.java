package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.RequiresQemu;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Any workload of several threads, its connection cut anywhere, again and again. */
@Timeout(120)
@RequiresQemu
class OracleIntegrationTests {

    private static final long SEED = 20_260_101;
    private static final int ROUNDS = 4;
    private static final int CUTS = 12;

    /**
     * Sessions come about before this many bytes, in either direction, or else they never would; and end before that.
     */
    private static final int HANDSHAKE = 1_000;

    private static final int SESSION = 6_000;

    @Test
    @DisplayName("#24 unsent is not executed, success is executed, and nothing is executed twice, for any cut")
    void everyOutcomeIsTrue() {
        SplittableRandom random = new SplittableRandom(SEED);
        Ledger ledger = new Ledger();
        int executed = 0;
        try (Witness witness = Witness.start();
                CuttingProxy proxy = CuttingProxy.to(witness.qemu().socket());
                QmpClient client = QmpClient.builder(proxy.endpoint())
                        .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(1), 1, 0, Duration.ofMillis(1)))
                        .build()) {
            for (int round = 0; round < ROUNDS; round++) {
                // the session that is there may be the one that the round before had end in peace: nothing would cut it
                client.disconnect().exceptionally(failure -> null).join();
                proxy.cutNextAfter(random.nextBoolean(), random.nextInt(HANDSHAKE, SESSION));
                client.start();
                Workload workload = Workload.start(client, ledger, random.split(), round + ".", 3, 10);
                for (int cut = 0; cut < CUTS; cut++) {
                    long sessions = client.status().reconnects();
                    proxy.cutNextAfter(random.nextBoolean(), random.nextInt(HANDSHAKE, SESSION));
                    await().pollInterval(Duration.ofMillis(1))
                            .until(() -> client.status().reconnects() > sessions);
                }
                workload.stop();
                proxy.cutNextAfter(true, Integer.MAX_VALUE);
                Witness.awaitDone(client);
                executed += ledger.balance(witness.testify());
            }
        } catch (AssertionError e) {
            throw new AssertionError("with seed " + SEED + ", after " + executed + " commands", e);
        }
        assertThat(executed).as("commands executed, of %s", ledger.totals()).isGreaterThan(ROUNDS * CUTS);
        assertThat(ledger.totals().keySet())
                .as("all kinds of outcomes")
                .contains("SUCCEEDED", "UNKNOWN DISCONNECTED", "UNSENT DISCONNECTED");
    }
}
