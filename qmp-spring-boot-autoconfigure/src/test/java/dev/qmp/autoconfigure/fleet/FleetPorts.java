package dev.qmp.autoconfigure.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The ports of the members that this JVM starts as processes. Members of a cluster find each other at three known
 * ports. So each JVM needs ports of its own: two test runs on one machine would otherwise take each other's.
 */
final class FleetPorts {

    private static final int BLOCK = 10;
    private static final ServerSocket GUARD = guard();

    static final List<Integer> PROCESSES = three();

    private FleetPorts() {}

    /** {@return the addresses of the members in other processes, as Hazelcast expects them} */
    static String members() {
        return PROCESSES.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    private static List<Integer> three() {
        int first = GUARD.getLocalPort() + 1;
        return IntStream.range(first, first + 3).boxed().toList();
    }

    /** {@return the bound first port of a block; while it is bound, no other JVM takes this block} */
    private static ServerSocket guard() {
        for (int port = 5800; port < 6800; port += BLOCK) {
            try {
                return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
            } catch (BindException e) {
                // the next block
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalStateException("no free port of 5800, 5810, ... 6790 on the loopback interface");
    }
}
