package dev.qmp.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import dev.qmp.protocol.Runstate;
import dev.qmp.sample.testing.Api;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpMachine;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;

/** The wall's data in a fleet and without one. */
class MachineOwnerTests {

    @TempDir
    private Path directory;

    private JsonNode connection(QmpFleet fleet) {
        SpringApplicationBuilder application = new SpringApplicationBuilder(SampleApplication.class);
        if (fleet != null) {
            application.initializers(
                    context -> ((GenericApplicationContext) context).registerBean(QmpFleet.class, () -> fleet));
        }
        try (ServletWebServerApplicationContext context = (ServletWebServerApplicationContext) application.run(
                "--server.port=0", "--qmp.connection.vm1.address=unix:" + directory.resolve("vm1.qmp"))) {
            return new Api(context.getWebServer().getPort())
                    .get("/api/connections")
                    .json()
                    .get(0);
        }
    }

    @Test
    void theOwnerOfAMachineIsShownInAFleet() {
        QmpFleet fleet = mock(QmpFleet.class);
        given(fleet.machine("vm1"))
                .willReturn(Optional.of(
                        new QmpMachine("vm1", "b7", "4711@host-b", Runstate.RUNNING, null, "7.2.22", null, false)));
        JsonNode owner = connection(fleet).path("owner");
        assertThat(owner.path("host").asString()).isEqualTo("4711@host-b");
        assertThat(owner.path("here").asBoolean(true)).isFalse();
        assertThat(owner.path("runstate").asString()).isEqualTo("RUNNING");
    }

    @Test
    void noOwnerIsShownWithoutAFleet() {
        assertThat(connection(null).path("owner").isNull()).isTrue();
    }
}
