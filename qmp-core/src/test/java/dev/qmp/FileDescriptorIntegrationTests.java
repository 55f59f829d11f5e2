package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** File descriptors ride with their own command, on a real QEMU. */
@RequiresTool(Tool.QEMU)
class FileDescriptorIntegrationTests {

    private Qemu qemu;

    @BeforeEach
    void start() {
        qemu = Qemu.start();
    }

    @AfterEach
    void stop() {
        qemu.close();
    }

    @Test
    void arriveWithTheirOwnCommandAmongManyOthers() throws IOException {
        try (QmpClient client =
                        QmpClient.builder(qemu.endpoint()).fileDescriptors(true).build();
                FileOutputStream file =
                        new FileOutputStream(qemu.folder().resolve("disk").toFile())) {
            client.blocking().connect();
            for (int i = 0; i < 20; i++) {
                client.execute("query-name");
                var named = client.execute(
                        QmpCommand.of("getfd", Map.of("fdname", "fd" + i)).withFileDescriptor(file.getFD()));
                client.execute("query-name");
                var set = client.execute(QmpCommand.of("add-fd").withFileDescriptor(file.getFD()));
                assertThat(named.join().isObject()).isTrue();
                assertThat(set.join().path("fd").isInt()).isTrue();
            }
            assertThat(client.blocking().execute("query-fdsets").size()).isEqualTo(20);
            assertThatExceptionOfType(RejectedException.class)
                    .isThrownBy(() -> client.blocking().execute("getfd", Map.of("fdname", "none")))
                    .withMessageContaining("No file descriptor supplied");
        }
    }

    @Test
    void stayTheCallersAndCarryWhatQemuWrites() throws IOException {
        try (QmpClient client =
                        QmpClient.builder(qemu.endpoint()).fileDescriptors(true).build();
                FileOutputStream file =
                        new FileOutputStream(qemu.folder().resolve("log").toFile())) {
            client.blocking().connect();
            JsonNode set = client.blocking().execute(QmpCommand.of("add-fd").withFileDescriptor(file.getFD()));
            assertThat(file.getFD().valid()).isTrue();
            client.blocking()
                    .execute(
                            "chardev-add",
                            Map.of(
                                    "id",
                                    "log",
                                    "backend",
                                    Map.of(
                                            "type",
                                            "file",
                                            "data",
                                            Map.of(
                                                    "out",
                                                    "/dev/fdset/"
                                                            + set.path("fdset-id")
                                                                    .asInt()))));
            assertThat(client.blocking().execute("query-chardev").toString()).contains("\"log\"");
            assertThat(Files.exists(qemu.folder().resolve("log"))).isTrue();
        }
    }

    @Test
    @DisplayName("#49 C8 file descriptors are refused before anything is sent where they cannot travel")
    void areRefusedBeforeAnythingIsSentWhereTheyCannotTravel() throws IOException {
        try (QmpClient client = QmpClient.builder(qemu.endpoint()).build();
                FileOutputStream file =
                        new FileOutputStream(qemu.folder().resolve("disk").toFile())) {
            client.blocking().connect();
            QmpCommand command = QmpCommand.of("add-fd").withFileDescriptor(file.getFD());
            assertThatExceptionOfType(NotSentException.class)
                    .isThrownBy(() -> client.blocking().execute(command))
                    .withMessageContaining("fileDescriptors(true)")
                    .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(NotSentException.Reason.UNSENDABLE));
            assertThat(client.blocking().execute("query-fdsets").isEmpty()).isTrue();
        }
    }

    @Test
    void areRefusedWhenClosed() throws IOException {
        try (QmpClient client =
                QmpClient.builder(qemu.endpoint()).fileDescriptors(true).build()) {
            FileOutputStream file =
                    new FileOutputStream(qemu.folder().resolve("disk").toFile());
            file.close();
            client.blocking().connect();
            assertThatExceptionOfType(NotSentException.class)
                    .isThrownBy(() ->
                            client.blocking().execute(QmpCommand.of("add-fd").withFileDescriptor(file.getFD())))
                    .withMessageContaining("closed");
        }
    }
}
