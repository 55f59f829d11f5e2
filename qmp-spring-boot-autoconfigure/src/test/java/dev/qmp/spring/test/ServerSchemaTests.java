package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.schema.QmpSchema;
import dev.qmp.server.QmpServer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;

/** Servers with the schema of a recorded version object to commands as that QEMU does. */
@SpringBootTest(classes = ServerSchemaTests.Application.class)
@AutoConfigureQmpServer(schema = "7.2")
class ServerSchemaTests {

    @EnableAutoConfiguration
    static class Application {}

    @Autowired
    private QmpClient vm1;

    @Autowired
    private QmpServer server;

    @Test
    void aCommandThatTheVersionLacksIsRejected() {
        server.handle("blockdev-set-active", command -> QmpJson.object());
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm1.blocking().execute("blockdev-set-active", Map.of("active", true)))
                .withMessageContaining("CommandNotFound");
        assertThat(vm1.blocking().schema()).isSameAs(QmpSchema.recorded("7.2"));
    }
}
