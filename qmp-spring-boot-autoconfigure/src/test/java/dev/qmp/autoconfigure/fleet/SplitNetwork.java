package dev.qmp.autoconfigure.fleet;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Two network namespaces with one cable between them, which can be pulled out. Needs root. */
final class SplitNetwork implements AutoCloseable {

    static final String LEFT = "10.231.77.1";
    static final String RIGHT = "10.231.77.2";

    private final String left = "qmpl" + ProcessHandle.current().pid();
    private final String right = "qmpr" + ProcessHandle.current().pid();

    private SplitNetwork() {}

    /** {@return the network} The test is skipped where the system does not allow it. */
    static SplitNetwork create() throws IOException {
        SplitNetwork network = new SplitNetwork();
        boolean made = run("ip", "netns", "add", network.left)
                && run("ip", "netns", "add", network.right)
                && run(
                        "ip",
                        "link",
                        "add",
                        "eth0",
                        "netns",
                        network.left,
                        "type",
                        "veth",
                        "peer",
                        "name",
                        "eth0",
                        "netns",
                        network.right)
                && up(network.left, LEFT)
                && up(network.right, RIGHT);
        if (!made) {
            network.close();
        }
        Assumptions.assumeTrue(made, "network namespaces need root and the program ip");
        return network;
    }

    private static boolean up(String namespace, String address) throws IOException {
        return run("ip", "-n", namespace, "addr", "add", address + "/24", "dev", "eth0")
                && run("ip", "-n", namespace, "link", "set", "lo", "up")
                && run("ip", "-n", namespace, "link", "set", "eth0", "up");
    }

    List<String> inLeft() {
        return List.of("ip", "netns", "exec", left);
    }

    List<String> inRight() {
        return List.of("ip", "netns", "exec", right);
    }

    void split() throws IOException {
        run("ip", "-n", left, "link", "set", "eth0", "down");
    }

    void heal() throws IOException {
        run("ip", "-n", left, "link", "set", "eth0", "up");
    }

    @Override
    public void close() throws IOException {
        run("ip", "netns", "del", left);
        run("ip", "netns", "del", right);
    }

    private static boolean run(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (IOException e) {
            return false; // no such program
        }
    }
}
