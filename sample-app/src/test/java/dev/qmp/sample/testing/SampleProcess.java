package dev.qmp.sample.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** The sample in a process of its own, as a user runs it. */
public final class SampleProcess implements AutoCloseable {

    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

    private final Process process;
    private final Path log;

    /** Starts the sample with the given arguments, on any free port, with its log in the given directory. */
    public SampleProcess(Path directory, String... arguments) throws IOException {
        this(directory, List.of(), arguments);
    }

    private SampleProcess(Path directory, List<String> jvmOptions, String... arguments) throws IOException {
        log = directory.resolve("sample.log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "-XX:TieredStopAtLevel=1"));
        command.addAll(jvmOptions);
        command.addAll(List.of("dev.qmp.sample.SampleApplication", "--server.port=0", "--logging.level.root=info"));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** Starts the sample as the build has processed it ahead of time. */
    public static SampleProcess processedAheadOfTime(Path directory, String... arguments) throws IOException {
        return new SampleProcess(directory, List.of("-Dspring.aot.enabled=true"), arguments);
    }

    /** Starts the sample with so much memory for its objects, in the words of the JVM. */
    public static SampleProcess withHeap(String size, Path directory, String... arguments) throws IOException {
        return new SampleProcess(directory, List.of("-Xmx" + size), arguments);
    }

    /** Waits until it serves. */
    public Api api() {
        int port = Awaitility.await("the sample serves")
                .atMost(Duration.ofSeconds(60))
                .until(this::port, found -> found > 0);
        return new Api(port);
    }

    private int port() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("the sample has ended:\n" + log());
        }
        Matcher matcher = PORT.matcher(log());
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    /** {@return its whole output} */
    public String log() throws IOException {
        return Files.readString(log);
    }

    /** {@return the QEMU processes it has started and that are alive} */
    public List<ProcessHandle> machines() {
        return process.descendants().filter(ProcessHandle::isAlive).toList();
    }

    /** Asks it to end, as {@code kill} does. */
    public void terminate() {
        process.destroy();
    }

    /** Ends it without a chance to do anything, as {@code kill -9} does. */
    public void kill() {
        process.destroyForcibly();
    }

    /** {@return whether it has ended in that time} */
    public boolean awaitEnd(Duration time) throws InterruptedException {
        return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** {@return the status it ended with} */
    public int exitStatus() {
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
