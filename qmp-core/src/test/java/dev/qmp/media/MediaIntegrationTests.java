package dev.qmp.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.qapi.command.BlockdevBackup;
import dev.qmp.qapi.type.MirrorSyncMode;
import dev.qmp.task.TaskFailedException;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A CD drive and a floppy drive of a real QEMU. */
@RequiresQemu
@Timeout(60)
class MediaIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    @Test
    void mediaComeAndGo() throws IOException {
        Path image = Files.write(folder.resolve("image"), new byte[1 << 20]);
        Medium iso = Medium.raw(image.toString());
        Medium missing = Medium.raw(folder.resolve("missing").toString());
        try (Qemu qemu = Qemu.withMachine(
                "pc,accel=tcg", "-S", "-device", "ide-cd,id=cd0", "-device", "isa-fdc", "-device", "floppy,id=fd0")) {
            qemu.restart();
            try (QmpClient vm = QmpClient.builder(qemu.endpoint()).build()) {
                vm.blocking().connect();
                Media media = Media.of(vm);
                assertThat(media.tray("cd0").join()).isEqualTo(new Tray(true, false, false, false));

                media.insert("cd0", iso, SOON).await(SOON);
                assertThat(media.tray("cd0").join()).isEqualTo(new Tray(true, false, false, true));
                assertThatExceptionOfType(TaskFailedException.class)
                        .isThrownBy(() -> media.insert("cd0", iso, SOON).await(SOON))
                        .withMessageContaining("has a medium");
                assertThatExceptionOfType(TaskFailedException.class)
                        .isThrownBy(() -> media.change("cd0", missing, SOON).await(SOON))
                        .withMessageContaining("No such file");
                assertThat(media.tray("cd0").join().loaded())
                        .as("the old medium")
                        .isTrue();
                media.change("cd0", iso.withReadOnly(true), SOON).await(SOON);

                media.eject("cd0", SOON).await(SOON);
                assertThat(media.tray("cd0").join()).isEqualTo(new Tray(true, true, false, false));
                media.eject("cd0", SOON).await(SOON);

                media.change("fd0", iso, SOON).await(SOON);
                assertThat(media.tray("fd0").join().loaded()).isTrue();
                media.eject("fd0", SOON).await(SOON);
                assertThat(media.tray("fd0").join()).isEqualTo(new Tray(false, false, false, false));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ide-cd", "scsi-cd"})
    @DisplayName("a medium that a job uses: QEMU opens the tray before it refuses, and the task closes it again")
    void theTrayOfABusyMediumIsClosedAgain(String drive) throws IOException {
        Path image = Files.write(folder.resolve("image"), new byte[1 << 20]);
        try (Qemu qemu = Qemu.withMachine(
                "pc,accel=tcg",
                "-S",
                "-blockdev",
                "driver=null-co,node-name=old,size=16777216,read-only=on",
                "-blockdev",
                "driver=null-co,node-name=copy,size=16777216",
                "-device",
                "virtio-scsi-pci",
                "-device",
                drive + ",id=cd0,drive=old")) {
            qemu.restart();
            try (QmpClient vm = QmpClient.builder(qemu.endpoint()).build()) {
                vm.blocking().connect();
                Media media = Media.of(vm);
                vm.blocking()
                        .execute(BlockdevBackup.command("old", MirrorSyncMode.FULL, "copy")
                                .withJobId("slow")
                                .withSpeed(1L));
                assertBusy(() ->
                        media.change("cd0", Medium.raw(image.toString()), SOON).await(SOON));
                assertThat(media.tray("cd0").join()).isEqualTo(new Tray(true, false, false, true));
                assertBusy(() -> media.eject("cd0", SOON).await(SOON));
                assertThat(media.tray("cd0").join()).isEqualTo(new Tray(true, false, false, true));
            }
        }
    }

    @Test
    @DisplayName("an image that another device has locked: QEMU has removed the old medium when it refuses")
    void theOldMediumIsGoneIfTheImageIsLocked() throws IOException {
        Path image = Files.write(folder.resolve("image"), new byte[1 << 20]);
        try (Qemu qemu = Qemu.withMachine(
                "pc,accel=tcg",
                "-S",
                "-blockdev",
                "driver=null-co,node-name=old,read-only=on",
                "-device",
                "ide-cd,id=cd0,drive=old",
                "-blockdev",
                "driver=file,node-name=disk,filename=" + image,
                "-device",
                "virtio-blk-pci,drive=disk")) {
            qemu.restart();
            try (QmpClient vm = QmpClient.builder(qemu.endpoint()).build()) {
                vm.blocking().connect();
                Media media = Media.of(vm);
                assertThatExceptionOfType(TaskFailedException.class)
                        .isThrownBy(() -> media.change("cd0", Medium.raw(image.toString()), SOON)
                                .await(SOON))
                        .withMessageContaining("lock");
                assertThat(media.tray("cd0").join()).isEqualTo(new Tray(true, false, false, false));
            }
        }
    }

    private static void assertBusy(ThrowingCallable change) {
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(change)
                .withMessageContaining("is busy")
                .satisfies(failed -> assertThat(failed.getSuppressed()).isEmpty());
    }
}
