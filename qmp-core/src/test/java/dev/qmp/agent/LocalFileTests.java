package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two copies to one target at the same time. */
class LocalFileTests {

    private final Path folder;
    private final Path target;
    private final LocalFile first;
    private final LocalFile second;

    LocalFileTests(@TempDir Path folder) throws IOException {
        this.folder = folder;
        this.target = folder.resolve("hosts");
        this.first = LocalFile.toReceive(target);
        first.write(0, bytes("abc"));
        this.second = LocalFile.toReceive(target);
        second.write(0, bytes("x"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("each has its own content, and the one that completes last replaces the target")
    void lastOneReplacesTheTarget() throws IOException {
        first.write(3, bytes("def"));
        first.end(true);
        assertThat(target).hasContent("abcdef");
        second.end(true);
        assertThat(target).hasContent("x");
        assertNothingElseIsLeft();
    }

    @Test
    @DisplayName("one that fails removes its own bytes only")
    void failedOneRemovesItsOwnBytes() throws IOException {
        second.end(false);
        first.end(true);
        assertThat(target).hasContent("abc");
        assertNothingElseIsLeft();
    }

    private void assertNothingElseIsLeft() {
        assertThat(folder.toFile().list()).containsExactly("hosts");
    }

    @Test
    @DisplayName("the received file has the permissions of any new file")
    void hasTheUsualPermissions() throws IOException {
        first.end(true);
        second.end(false);
        Path usual = Files.createFile(folder.resolve("usual"));
        assertThat(Files.getPosixFilePermissions(target)).isEqualTo(Files.getPosixFilePermissions(usual));
    }
}
