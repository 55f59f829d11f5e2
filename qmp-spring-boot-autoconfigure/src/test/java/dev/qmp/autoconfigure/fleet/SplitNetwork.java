package dev.qmp.autoconfigure.fleet;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.qmp.testing.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Two network namespaces with one cable between them, which can be pulled out. Needs root. */
final class SplitNetwork implements AutoCloseable {

    static final String LEFT = "10.231.77.1";
    static final String RIGHT = "10.231.77.2";

    private final String left = "qmpl" + ProcessHandle.current().pid();
    private final String right = "qmpr" + ProcessHandle.current().pid();

    private SplitNetwork() {}

    /**
     * {@return the network} Without the program or the privileges, the test is skipped. If {@code QMP_TESTS_REQUIRE}
     * names {@code netns}, only a user without the privileges skips it.
     */
    static SplitNetwork create() throws IOException {
        assumeTrue(isPrivileged(), "network namespaces need the capabilities of root");
        if (!Tool.NETNS.isRequired()) {
            assumeTrue(Tool.NETNS.find().isPresent(), Tool.NETNS.missing());
        }
        SplitNetwork network = new SplitNetwork();
        try {
            network.make();
        } catch (IOException | RuntimeException e) {
            network.close();
            assumeTrue(Tool.NETNS.isRequired(), e.getMessage());
            throw e;
        }
        return network;
    }

    /** {@return whether this process has CAP_NET_ADMIN and CAP_SYS_ADMIN} A container can run as root without them. */
    private static boolean isPrivileged() throws IOException {
        long needed = (1L << 12) | (1L << 21);
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("CapEff:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .anyMatch(capabilities -> (capabilities & needed) == needed);
    }

    private void make() throws IOException {
        run("netns", "add", left);
        run("netns", "add", right);
        run("link", "add", "eth0", "netns", left, "type", "veth", "peer", "name", "eth0", "netns", right);
        up(left, LEFT);
        up(right, RIGHT);
    }

    private static void up(String namespace, String address) throws IOException {
        run("-n", namespace, "addr", "add", address + "/24", "dev", "eth0");
        run("-n", namespace, "link", "set", "lo", "up");
        run("-n", namespace, "link", "set", "eth0", "up");
    }

    List<String> inLeft() {
        return List.of("ip", "netns", "exec", left);
    }

    List<String> inRight() {
        return List.of("ip", "netns", "exec", right);
    }

    void split() throws IOException {
        run("-n", left, "link", "set", "eth0", "down");
    }

    void heal() throws IOException {
        run("-n", left, "link", "set", "eth0", "up");
    }

    @Override
    public void close() {
        for (String namespace : List.of(left, right)) {
            try {
                run("netns", "del", namespace);
            } catch (IOException e) {
                System.err.println(
                        e.getMessage()); // a namespace that was not made, or cannot be removed, must not fail the test
            }
        }
    }

    /** Runs {@code ip} with these arguments. */
    private static void run(String... arguments) throws IOException {
        List<String> command =
                Stream.concat(Stream.of("ip"), Stream.of(arguments)).toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + ": no end after 10 s");
            }
            if (process.exitValue() != 0) {
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                throw new IOException(String.join(" ", command) + ": " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(String.join(" ", command) + ": interrupted", e);
        }
    }
}
