package dev.qmp.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The end of a program that a test has run, and of the folder that it had. */
final class ToolProcess {

    private ToolProcess() {}

    /** Kills it as {@code kill -9} does, and waits until it is gone. */
    static void kill(Process process) {
        process.destroyForcibly();
        awaitEnd(process);
    }

    /** Waits until it is gone, for ten seconds at the most. */
    static void awaitEnd(Process process) {
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Deletes a folder with all that is in it. */
    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
