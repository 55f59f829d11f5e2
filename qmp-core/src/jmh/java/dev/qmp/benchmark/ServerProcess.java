package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A {@link WireServer} that listens, in a process of its own. */
public final class ServerProcess implements AutoCloseable {

    private final Path directory;
    private final Process process;

    private ServerProcess(String serving) throws IOException {
        directory = Files.createTempDirectory("qmp-jmh");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        process = new ProcessBuilder(
                        java,
                        "-Xshare:auto",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WireServer.class.getName(),
                        socket().toString(),
                        serving)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getInputStream().read();
    }

    /** The quickest server for a few connections. */
    public static ServerProcess forFew() throws IOException {
        return new ServerProcess("threads");
    }

    /** One that takes thousands. */
    public static ServerProcess forMany() throws IOException {
        return new ServerProcess("selector");
    }

    /** {@return where it listens} */
    public Path socket() {
        return directory.resolve("s");
    }

    /** {@return the beginnings of a client of it} */
    public QmpClientBuilder client() {
        return QmpClient.builder("unix:" + socket());
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(ServerProcess::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
