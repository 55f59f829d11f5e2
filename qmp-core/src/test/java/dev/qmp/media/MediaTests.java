package dev.qmp.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.NotSentException;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Trays that the guest has locked, on a simulated machine. */
@Timeout(30)
class MediaTests {

    private static final Duration SOON = Duration.ofSeconds(10);
    /** A limit that passes, but not before a command is answered, on a busy machine either. */
    private static final Duration BRIEF = Duration.ofMillis(500);

    private static final Medium ISO = Medium.raw("/images/tools.iso");

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").start();
    private final QmpClient vm = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(BRIEF)
            .build();
    private final Media media = Media.of(vm);
    private volatile boolean open;
    private volatile boolean locked = true;

    @BeforeEach
    void connect() {
        server.handle("query-block", given -> drives());
        for (String command : List.of("blockdev-open-tray", "blockdev-close-tray", "blockdev-change-medium", "eject")) {
            server.handle(command, given -> QmpJson.object());
        }
        vm.blocking().connect();
    }

    @AfterEach
    void close() {
        vm.close();
        server.close();
    }

    private JsonNode drives() {
        return QmpJson.toTree(List.of(
                Map.of("device", "", "qdev", "disk0", "type", "unknown", "removable", false, "locked", false),
                Map.of(
                        "device",
                        "",
                        "qdev",
                        "cd0",
                        "type",
                        "unknown",
                        "removable",
                        true,
                        "locked",
                        locked,
                        "tray_open",
                        open)));
    }

    private void guestOpens() {
        open = true;
        server.emit(QmpEvent.of("DEVICE_TRAY_MOVED", Map.of("device", "", "id", "cd1", "tray-open", true)));
        server.emit(QmpEvent.of("DEVICE_TRAY_MOVED", Map.of("device", "", "id", "cd0", "tray-open", false)));
        server.emit(QmpEvent.of("DEVICE_TRAY_MOVED", Map.of("device", "", "id", "cd0", "tray-open", true)));
    }

    private List<String> received() {
        return server.received().stream()
                .map(command -> command.name())
                .filter(name -> !name.startsWith("q"))
                .toList();
    }

    @Test
    @DisplayName("a locked tray: the guest is asked, and the command follows the tray's event")
    void waitsForTheGuest() {
        server.handle("blockdev-open-tray", given -> {
            guestOpens();
            return QmpJson.object();
        });
        media.change("cd0", ISO, SOON).await(SOON);
        assertThat(received()).endsWith("blockdev-open-tray", "blockdev-change-medium");
        assertThat(server.received()
                        .get(server.received().size() - 1)
                        .arguments()
                        .path("id")
                        .asString())
                .isEqualTo("cd0");
    }

    @Test
    void aTrayThatStaysLockedIsReported() {
        assertThatExceptionOfType(TrayLockedException.class)
                .isThrownBy(() -> media.eject("cd0", BRIEF).await(SOON))
                .withMessage("eject of cd0 failed: the guest has locked the tray and did not open it within 500 ms");
        assertThat(received()).doesNotContain("eject");
    }

    @Test
    @DisplayName("a tray that opened before the request moves no more, and counts as open")
    void noticesATrayThatWasOpenedUnseen() {
        server.handle("blockdev-open-tray", given -> {
            open = true;
            return QmpJson.object();
        });
        media.eject("cd0", BRIEF).await(SOON);
        assertThat(received()).endsWith("eject");
    }

    @Test
    void forceIsPassedOn() {
        server.handle("blockdev-open-tray", given -> {
            assertThat(given.arguments().path("force").asBoolean()).isTrue();
            guestOpens();
            return QmpJson.object();
        });
        media.withForce().eject("cd0", SOON).await(SOON);
    }

    @Test
    @DisplayName("a medium that QEMU refuses: a tray that was opened for it is closed again")
    void closesTheTrayAfterARefusal() {
        server.handle("blockdev-open-tray", given -> {
            guestOpens();
            return QmpJson.object();
        });
        server.handle("blockdev-change-medium", given -> {
            throw new CommandRejection("Could not open the image");
        });
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> media.change("cd0", ISO, SOON).await(SOON))
                .withMessage("change of the medium in cd0 failed: Could not open the image");
        assertThat(received()).endsWith("blockdev-close-tray");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("a refusal after QEMU has opened a closed tray: it is closed again, but an open one stays open")
    void closesATrayThatQemuHasOpened(boolean openBefore) {
        locked = false;
        open = openBefore;
        server.handle("eject", given -> {
            open = true;
            throw new CommandRejection("Node 'old' is busy");
        });
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> media.eject("cd0", SOON).await(SOON))
                .withMessage("eject of cd0 failed: Node 'old' is busy");
        assertThat(received()).endsWith(openBefore ? "eject" : "blockdev-close-tray");
    }

    @Test
    void aTrayThatStaysClosedIsNotClosedAgain() {
        locked = false;
        server.handle("blockdev-change-medium", given -> {
            throw new CommandRejection("Could not open the image");
        });
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> media.change("cd0", ISO, SOON).await(SOON));
        assertThat(received()).endsWith("blockdev-change-medium");
    }

    @Test
    @DisplayName("a change that the client's policy refuses: a tray that was opened for it is closed again")
    void closesTheTrayIfTheChangeIsNotSent() {
        server.handle("blockdev-open-tray", given -> {
            guestOpens();
            return QmpJson.object();
        });
        vm.close();
        try (QmpClient restricted = QmpClient.builder(server.endpoint())
                .commandPolicy(CommandPolicy.of(List.of("query-*", "blockdev-*-tray"), List.of()))
                .build()) {
            restricted.blocking().connect();
            assertThatExceptionOfType(NotSentException.class)
                    .isThrownBy(
                            () -> Media.of(restricted).change("cd0", ISO, SOON).await(SOON))
                    .withMessageContaining("blockdev-change-medium");
        }
        assertThat(received()).endsWith("blockdev-open-tray", "blockdev-close-tray");
    }

    @Test
    void aLostReplyIsNotGuessed() {
        locked = false;
        server.handle("eject", given -> {
            server.disconnectClient();
            return QmpJson.object();
        });
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> media.eject("cd0", SOON).await(SOON));
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> media.eject("cd0", SOON).await(SOON));
    }

    @Test
    void aDriveThatIsNotThereIsNamedWithThoseThatAre() {
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> media.eject("disk0", SOON).await(SOON))
                .withMessageContaining("[cd0]");
        assertThatIllegalArgumentException().isThrownBy(() -> media.eject(" ", SOON));
        assertThatIllegalArgumentException().isThrownBy(() -> media.eject("cd0", Duration.ZERO));
    }
}
