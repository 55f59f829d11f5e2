package dev.qmp.autoconfigure.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.test.AutoConfigureQmpServer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest
@AutoConfigureQmpServer
class VmTests {

    @Test
    void pausesTheMachine(@Autowired QmpServer server, @Autowired Vm vm) {
        server.handle("stop", command -> {
            server.emit(QmpEvent.of("STOP"));
            return QmpJson.object();
        });
        server.handle("query-status", CommandHandler.returning(Map.of("status", "paused", "running", false)));

        assertThat(vm.pause().status()).isEqualTo("paused");
        assertThat(server.received()).extracting(QmpCommand::name).containsExactly("stop", "query-status");
    }
}
