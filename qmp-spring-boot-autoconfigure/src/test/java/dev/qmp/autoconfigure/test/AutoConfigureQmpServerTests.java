package dev.qmp.autoconfigure.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.QmpConnection;
import dev.qmp.autoconfigure.QmpEventListener;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;

/** The way a user tests an application without QEMU. */
@AutoConfigureQmpServer
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = {
            "qmp.connection.vm1.address=unix:/nowhere/vm1.qmp",
            "qmp.connection.vm-2.address=tcp:nowhere:4444",
            "qmp.connection.vm-2.ssl.bundle=none"
        })
class AutoConfigureQmpServerTests {

    @Autowired
    @QmpConnection("vm1")
    private QmpClient vm1;

    @Autowired
    @QmpConnection("vm-2")
    private QmpClient vm2;

    @Autowired
    @Qualifier("vm1QmpServer")
    private QmpServer server;

    @Autowired
    @Qualifier("vm-2QmpServer")
    private QmpServer server2;

    @Autowired
    private Application application;

    @BeforeEach
    void connected() {
        Awaitility.await().until(() -> vm1.runstate() == Runstate.RUNNING && vm2.runstate() == Runstate.RUNNING);
    }

    @Test
    void everyConnectionHasAServerOfItsOwn() {
        assertThat(server.endpoint()).isEqualTo(vm1.endpoint()).isNotEqualTo(server2.endpoint());
        assertThat(server.hasClient()).isTrue();
        assertThat(server2.hasClient()).isTrue();
    }

    @Test
    void repliesEventsAndFaultsAreScripted() {
        server.handle("stop", command -> {
            server.emit(QmpEvent.of("STOP"));
            return QmpJson.object();
        });
        vm1.blocking().execute("stop");
        assertThat(application.heard).contains("STOP");
        assertThat(server.received()).extracting(command -> command.name()).contains("stop");

        server.handle("device_del", command -> {
            throw new CommandRejection("DeviceNotFound", "no such device");
        });
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm1.blocking().execute("device_del"));

        server.handle("quit", command -> {
            server.disconnectClient();
            throw new InterruptedException("never answers");
        });
        assertThatExceptionOfType(OutcomeUnknownException.class)
                .isThrownBy(() -> vm1.blocking().execute("quit"));
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {

        final List<String> heard = new CopyOnWriteArrayList<>();

        @QmpEventListener(connection = "vm1")
        void on(QmpEvent event) {
            heard.add(event.name());
        }
    }
}
