package dev.qmp.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for who has to name one. It lies below those that a system hands out, so nobody is given it in the meantime.
 */
public final class FreePort {

    private FreePort() {}

    /** {@return a TCP port of the loopback address that nobody listens on} */
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
