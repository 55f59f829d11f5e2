package dev.qmp.sample.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Private directories, abandoned ones, and those that must not be removed. */
class PrivateDirectoryTests {

    private final Instant longAgo = Instant.now().minus(AbandonedDirectories.YOUNG.multipliedBy(2));

    @TempDir
    private Path place;

    @Test
    void nobodyElseMayEnterAndNothingStays() throws IOException {
        PrivateDirectory directory = new PrivateDirectory(path("qmp-sample", 1));
        directory.create();
        Files.createFile(directory.resolve("vm1.qmp"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path("qmp-sample", 1))))
                .isEqualTo("rwx------");
        directory.delete();
        assertThat(place).isEmptyDirectory();
    }

    @Test
    void whatIsThereAlreadyIsNotTaken() throws IOException {
        Files.createDirectory(path("qmp-sample", 1));
        assertThatThrownBy(new PrivateDirectory(path("qmp-sample", 1))::create)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("qmp-sample");
    }

    @Test
    void theNextOfItsKindRemovesWhatWasLeftBehind() throws IOException {
        Path left = leftBehind(path("qmp-sample", 1), longAgo);
        Path young = leftBehind(path("qmp-sample", 2), Instant.now());
        Path otherKind = leftBehind(path("qmp-screens", 3), longAgo);
        Path withoutLock = Files.createDirectory(path("qmp-sample", 4));

        PrivateDirectory directory = new PrivateDirectory(path("qmp-sample", 5));
        directory.create();

        assertThat(left).doesNotExist();
        assertThat(place).isDirectoryContaining(young::equals).isDirectoryContaining(otherKind::equals);
        assertThat(withoutLock).exists();
        directory.delete();
    }

    @Test
    void thePathIsOfTheKindAndNeverTheSame() {
        assertThat(PrivateDirectory.path("qmp-sample").getFileName().toString())
                .matches("qmp-sample-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}");
        assertThat(PrivateDirectory.path("qmp-sample")).isNotEqualTo(PrivateDirectory.path("qmp-sample"));
    }

    @Test
    void whoLivesKeepsItsDirectory() throws IOException {
        PrivateDirectory first = new PrivateDirectory(path("qmp-sample", 1));
        first.create();
        Files.setLastModifiedTime(first.resolve(PrivateDirectory.LOCK), FileTime.from(longAgo));
        PrivateDirectory second = new PrivateDirectory(path("qmp-sample", 2));
        second.create();

        assertThat(path("qmp-sample", 1)).isDirectory();
        first.delete();
        second.delete();
    }

    private Path path(String kind, int number) {
        return place.resolve(kind + "-01234567-89ab-000" + number);
    }

    private static Path leftBehind(Path directory, Instant when) throws IOException {
        Path lock = Files.createFile(Files.createDirectory(directory).resolve(PrivateDirectory.LOCK));
        Files.setLastModifiedTime(lock, FileTime.from(when));
        Files.createFile(directory.resolve("vm1.qmp"));
        return directory;
    }
}
