package dev.qmp.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for a test that must name one. It lies below the ports that a system assigns, so the system assigns it to no
 * other process meanwhile.
 */
public final class FreePort {

    private FreePort() {}

    /** {@return a TCP port of the loopback address without a listener} */
    public static int find() {
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(10_000, 32_000);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException taken) {
                // the next one, then
            }
        }
        throw new IllegalStateException("of a hundred ports none is free");
    }
}
