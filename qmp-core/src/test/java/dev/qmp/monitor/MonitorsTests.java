package dev.qmp.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A half-done addition is undone. */
@Timeout(30)
class MonitorsTests {

    @Test
    void theCharacterDeviceOfARefusedMonitorIsRemoved() throws Exception {
        CommandHandler none = CommandHandler.returning(List.of());
        CommandHandler chardev =
                CommandHandler.returning(List.of(Map.of("label", "m1", "filename", "unix", "frontend-open", false)));
        try (QmpServer server = QmpServer.builder("tcp:127.0.0.1:0")
                        .schema("11.1")
                        .handler("qom-list", none)
                        .handler("query-chardev", CommandHandler.inTurn(none, chardev))
                        .handler("chardev-add", CommandHandler.returning(Map.of()))
                        .handler("object-add", CommandHandler.rejecting("GenericError", "no more monitors"))
                        .handler("chardev-remove", CommandHandler.returning(Map.of()))
                        .start();
                QmpClient vm = QmpClient.builder(server.endpoint()).build()) {
            vm.blocking().connect();
            Throwable failure = null;
            try {
                Monitors.of(vm).add("m1", Path.of("/nonexistent/m1")).get(20, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                failure = e.getCause();
            }
            assertThat(failure).isInstanceOf(RejectedException.class).hasMessageContaining("no more monitors");
            assertThat(server.received())
                    .extracting(QmpCommand::name)
                    .containsSubsequence("chardev-add", "object-add", "chardev-remove")
                    .doesNotContain("object-del");
        }
    }
}
