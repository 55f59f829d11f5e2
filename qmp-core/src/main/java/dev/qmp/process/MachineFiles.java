package dev.qmp.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private directory of one QEMU, with its monitor's socket and its output. Only the user of this JVM can enter it.
 */
final class MachineFiles {

    private static final Logger logger = LoggerFactory.getLogger(MachineFiles.class);

    /** Linux allows 107 bytes for the path of a socket, and Java one less. */
    private static final int MAX_SOCKET_PATH = 106;
    /** When the output has more bytes than this, it is cut to the last {@link #KEPT_OUTPUT}. */
    static final int MAX_FILE = 1 << 20;

    private static final int KEPT_OUTPUT = 1 << 16;

    private final Path directory;

    private MachineFiles(Path directory) {
        this.directory = directory;
    }

    static MachineFiles create(@Nullable Path parent) throws IOException {
        Path directory = parent == null ? Files.createTempDirectory("qmp") : Files.createTempDirectory(parent, "qmp");
        MachineFiles files = new MachineFiles(directory.toAbsolutePath());
        int length = files.socket().toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_SOCKET_PATH) {
            files.delete();
            throw new IOException("the path of its socket would have " + length + " bytes, and " + MAX_SOCKET_PATH
                    + " are possible; choose a directory with a shorter path than " + directory.getParent());
        }
        return files;
    }

    Path socket() {
        return directory.resolve("vm.qmp");
    }

    Path output() {
        return directory.resolve("output");
    }

    /** {@return the options of QEMU for a monitor on the socket} */
    List<String> monitorOptions() {
        String path = socket().toString().replace(",", ",,");
        return List.of(
                "-chardev",
                "socket,id=qmp-process,server=on,wait=off,path=" + path,
                "-mon",
                "chardev=qmp-process,mode=control");
    }

    /** {@return the end of the output, of {@code maxLength} characters at most; empty if it cannot be read} */
    String lastOutput(int maxLength) {
        try {
            String text = new String(tail(KEPT_OUTPUT), StandardCharsets.UTF_8);
            return text.substring(Math.max(0, text.length() - maxLength));
        } catch (IOException e) {
            logger.debug("The output in {} cannot be read", directory, e);
            return "";
        }
    }

    private byte[] tail(int length) throws IOException {
        try (InputStream output = Files.newInputStream(output())) {
            output.skipNBytes(Math.max(0, Files.size(output()) - length));
            return output.readNBytes(length);
        }
    }

    /**
     * Cuts the output to its end if it has become too long. The process appends, so it continues at the new end. Lines
     * that it writes during the cut can be lost.
     */
    void trimOutput() {
        try {
            if (Files.size(output()) > MAX_FILE) {
                byte[] end = tail(KEPT_OUTPUT);
                Files.write(output(), end, StandardOpenOption.TRUNCATE_EXISTING);
            }
        } catch (IOException e) {
            logger.debug("The output in {} cannot be cut", directory, e);
        }
    }

    void delete() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            // at the end of the JVM two threads remove the directory, so files can vanish meanwhile
            if (e instanceof NoSuchFileException || e.getCause() instanceof NoSuchFileException) {
                logger.debug("The directory {} was already removed", directory, e);
            } else {
                logger.warn(
                        "The directory {} of a QEMU that has ended cannot be removed; remove it by hand", directory, e);
            }
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
