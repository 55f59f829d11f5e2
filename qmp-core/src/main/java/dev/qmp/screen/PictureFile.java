package dev.qmp.screen;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file for one picture, in a directory of its own that only this user can enter. If QEMU writes after the directory
 * is removed, no file remains.
 */
final class PictureFile {

    /** Above the PPM of a display with 8K, which has 100 MB. */
    static final int MAX_SIZE = 128 * 1024 * 1024;

    private static final Logger LOGGER = LoggerFactory.getLogger(Screen.class);

    private final Path directory;

    private PictureFile(Path directory) {
        this.directory = directory;
    }

    /** @throws ScreenshotException if the directory cannot be created */
    static PictureFile create(@Nullable Path parent) {
        try {
            return new PictureFile(
                    parent == null
                            ? Files.createTempDirectory("qmp-screen")
                            : Files.createTempDirectory(parent, "qmp-screen"));
        } catch (IOException e) {
            throw new ScreenshotException("cannot create a directory for the picture", e);
        }
    }

    Path path() {
        return directory.resolve("picture");
    }

    /**
     * Reads the picture. The guest chooses the picture's size. A compromised QEMU can put a link or another file at the
     * path. Only a pipe that replaces the picture after the first look holds up the thread.
     *
     * @throws ScreenshotException if there is no picture, or none that can be read
     */
    byte[] read() {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(path(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isRegularFile()) {
                throw new ScreenshotException("QEMU has created no regular file at the picture's path", null);
            }
            byte[] picture;
            try (InputStream in = Files.newInputStream(path(), LinkOption.NOFOLLOW_LINKS)) {
                picture = found.size() > MAX_SIZE ? new byte[0] : in.readNBytes(MAX_SIZE + 1);
            }
            if (found.size() > MAX_SIZE || picture.length > MAX_SIZE) {
                throw new ScreenshotException(
                        "the picture has more than " + MAX_SIZE + " bytes, which is a fixed limit", null);
            }
            return picture;
        } catch (IOException e) {
            throw new ScreenshotException(
                    "QEMU dumped the display, but the picture is not at its path on this host; pictures of a machine on"
                            + " another host cannot be read",
                    e);
        }
    }

    void delete() {
        try {
            Files.deleteIfExists(path());
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOGGER.warn("The directory {} of a picture cannot be deleted", directory, e);
        }
    }
}
