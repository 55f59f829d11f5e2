package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;

class SocketDirectoryTests {

    @TempDir(cleanup = CleanupMode.ALWAYS)
    private Path folder;

    private ApplicationContextRunner runner(Path watched) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                .withPropertyValues("qmp.discovery.directory=" + watched);
    }

    @Test
    void aConnectionComesWithItsSocketAndGoesWithIt() {
        try (QmpServer early = serve("early")) {
            runner(folder).run(context -> {
                QmpClients clients = context.getBean(QmpClients.class);
                assertThat(clients.names()).containsExactly("early");
                try (QmpServer late = serve("late")) {
                    Awaitility.await().until(() -> clients.names().equals(Set.of("early", "late")));
                    Awaitility.await().until(() -> clients.get("late").runstate() == Runstate.RUNNING);
                    assertThat(late.hasClient()).isTrue();
                }
                Files.deleteIfExists(folder.resolve("late.qmp"));
                Awaitility.await().until(() -> clients.names().equals(Set.of("early")));
                assertThat(early.hasClient()).isTrue();
            });
        }
    }

    @Test
    void whatIsNoSocketIsNoConnection() throws IOException {
        Files.writeString(folder.resolve("file.qmp"), "");
        Files.createDirectory(folder.resolve("folder.qmp"));
        try (QmpServer other =
                QmpServer.builder(Endpoint.unix(folder.resolve("vm.sock"))).start()) {
            runner(folder)
                    .run(context -> assertThat(context.getBean(QmpClients.class).names())
                            .isEmpty());
            assertThat(other.hasClient()).isFalse();
        }
    }

    @Test
    void theFolderMayComeLater() {
        Path later = folder.resolve("later");
        runner(later).run(context -> {
            assertThat(context).hasNotFailed();
            Files.createDirectory(later);
            try (QmpServer server =
                    QmpServer.builder(Endpoint.unix(later.resolve("vm1.qmp"))).start()) {
                Awaitility.await().until(server::hasClient);
            }
        });
    }

    @Test
    void aConfiguredConnectionKeepsItsName() {
        try (QmpServer server = serve("vm1")) {
            runner(folder)
                    .withPropertyValues("qmp.connection.vm1.address=tcp:localhost:1")
                    .run(context -> {
                        assertThat(context.getBean(QmpClients.class).get("vm1").endpoint())
                                .isEqualTo(Endpoint.tcp("localhost", 1));
                        assertThat(server.hasClient()).isFalse();
                    });
        }
    }

    @Test
    void whatHappenedDuringAPauseIsSeenAfterIt() {
        runner(folder).run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            application.pause();
            try (QmpServer server = serve("vm1")) {
                assertThat(clients.names()).isEmpty();
                application.restart();
                Awaitility.await().until(server::hasClient);
                assertThat(clients.names()).containsExactly("vm1");
            }
        });
    }

    private QmpServer serve(String name) {
        return QmpServer.builder(Endpoint.unix(folder.resolve(name + ".qmp"))).start();
    }
}
