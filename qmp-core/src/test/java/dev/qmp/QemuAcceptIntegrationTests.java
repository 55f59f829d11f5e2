package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.event.EventFilter;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** We listen, and a real QEMU dials us. */
@RequiresQemu
class QemuAcceptIntegrationTests {

    /** The old option is gone in QEMU 11. */
    static final String RECONNECT = QemuVersion.installed().isAtLeast("9.2") ? "reconnect-ms=1000" : "reconnect=1";

    @Test
    @DisplayName("#75 a machine that dials us again finds us listening")
    void aMachineThatDialsUsAgainFindsUsListening(@TempDir Path folder) {
        Path socket = folder.resolve("listen.qmp");
        List<String> heard = new CopyOnWriteArrayList<>();
        try (QmpClient client = QmpClient.builder(Endpoint.unix(socket))
                .mode(ConnectMode.LISTEN)
                .build()) {
            client.events().subscribe(EventFilter.all(), event -> heard.add(event.name()));
            CompletableFuture<Void> connected = client.connect();
            Awaitility.await().until(socket.toFile()::exists);
            try (Qemu qemu = Qemu.prepare(
                    "-chardev",
                    "socket,id=mon,path=" + socket + ",server=off," + RECONNECT,
                    "-mon",
                    "chardev=mon,mode=control")) {
                qemu.restart();
                assertThat(connected).succeedsWithin(Duration.ofSeconds(10));
                client.blocking().execute("stop");
                Awaitility.await().untilAsserted(() -> assertThat(heard).containsExactly("STOP"));

                client.blocking().disconnect();
                client.start();
                Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> client.runstate() == Runstate.RUNNING);
                client.blocking().execute("cont");
                Awaitility.await().untilAsserted(() -> assertThat(heard).containsExactly("STOP", "RESUME"));

                qemu.kill();
                qemu.restart();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> client.status().reconnects() == 1);
                Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
            }
        }
        assertThat(socket).doesNotExist();
    }
}
