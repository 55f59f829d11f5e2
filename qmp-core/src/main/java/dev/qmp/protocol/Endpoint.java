package dev.qmp.protocol;

import java.nio.file.Path;

/** Where the peer is, or where to wait for it: a Unix socket or a TCP port. */
public sealed interface Endpoint {

    /**
     * Reads an endpoint as QEMU writes it: {@code unix:/run/vm1.qmp}, {@code tcp:host:4444}, {@code tcp:[::1]:4444}.
     *
     * @throws IllegalArgumentException if the text is none of these; the message says what is accepted
     */
    static Endpoint parse(String text) {
        return EndpointParser.parse(text);
    }

    /** {@return the endpoint of a Unix socket} */
    static Unix unix(Path path) {
        return new Unix(path);
    }

    /** {@return the endpoint of a TCP port; port 0 lets the system choose one to listen on} */
    static Tcp tcp(String host, int port) {
        return new Tcp(host, port);
    }

    /**
     * A socket in the file system.
     *
     * @param path where; at most about 100 bytes, which is the limit of the system's sockets
     */
    record Unix(Path path) implements Endpoint {

        /** {@return the form {@link Endpoint#parse} reads} */
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * A TCP port.
     *
     * @param host a name or an address, without brackets
     * @param port 0 to 65535
     */
    record Tcp(String host, int port) implements Endpoint {

        /** Refuses what cannot be a host or a port. */
        public Tcp {
            if (host.isBlank()) {
                throw new IllegalArgumentException("a TCP endpoint needs a host");
            }
            if (port < 0 || port > 65535) {
                throw new IllegalArgumentException("a TCP port is 0 to 65535, not " + port);
            }
        }

        /** {@return the form {@link Endpoint#parse} reads} */
        @Override
        public String toString() {
            return "tcp:" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }
}
