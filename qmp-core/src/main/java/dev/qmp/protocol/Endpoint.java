package dev.qmp.protocol;

import dev.qmp.error.Text;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

/** The address that a client dials or listens on: a Unix socket with or without a file, or a TCP port. */
public sealed interface Endpoint {

    /**
     * Reads an endpoint as QEMU, libvirt and Podman write it.
     *
     * <ul>
     * <li>{@code unix:/run/vm1.qmp}, {@code unix:///run/vm1.qmp}; a relative path and {@code ~/} become absolute
     * <li>{@code unix:@name}, {@code unix:name,abstract=on}: a socket without a file ({@link Abstract})
     * <li>{@code tcp:host:4444}, {@code tcp://host:4444}, {@code tcp:[::1]:4444}
     * <li>any of these with options that describe QEMU's side and do not matter here: {@code ,server=on,wait=off}
     * </ul>
     *
     * @throws IllegalArgumentException if the text is none of these; the message names the fault and the accepted forms
     */
    static Endpoint parse(String text) {
        Objects.requireNonNull(text, "text");
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
     * {@return the canonical form, which is equal for all spellings of one endpoint}
     *
     * <p>A Unix socket's path is absolute, and symbolic links and {@code ..} are resolved: those of the file if it
     * exists, otherwise those of its folder. A host's name is in lower case and is not looked up. The method reads the
     * file system, so it may block.
     */
    Endpoint canonical();

    /**
     * A socket in the file system.
     *
     * @param path the path; a relative path becomes absolute. If the whole path has more than 106 bytes, the file's
     *     name is limited to 75 bytes, and to fewer if the folder for temporary files is not {@code /tmp}. {@link
     *     Endpoint#parse} refuses a longer name. This constructor accepts it, and a connect then fails with {@link
     *     QmpConnectException}, which is not retryable
     */
    record Unix(Path path) implements Endpoint {

        /** Makes the path absolute. */
        public Unix {
            Objects.requireNonNull(path, "path");
            path = path.toAbsolutePath();
        }

        @Override
        public Endpoint canonical() {
            return new Unix(CanonicalForm.of(path));
        }

        /**
         * {@return the form that {@link Endpoint#parse} reads} Exceptions are paths that end in whitespace or contain
         * {@code <->} between spaces. If a part of the path looks like an option of QEMU, each comma is written twice,
         * and {@code ,server=on} follows the path.
         */
        @Override
        public String toString() {
            return "unix:" + EndpointParser.escaped(path.toString());
        }
    }

    /**
     * A Unix socket in Linux's abstract namespace, which has a name and no file. Java's own sockets cannot reach it. A
     * client needs the library junixsocket on the class path, and cannot listen there.
     *
     * @param name the name, without the leading {@code @} or zero byte; at most 107 bytes
     */
    record Abstract(String name) implements Endpoint {

        private static final int MAX_BYTES = 107;

        /**
         * Checks the name.
         *
         * @throws IllegalArgumentException if it is empty, too long, or contains a zero byte
         */
        public Abstract {
            Objects.requireNonNull(name, "name");
            if (name.isEmpty() || name.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("an abstract Unix socket needs a name without zero bytes");
            }
            int bytes = name.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "the name of an abstract Unix socket has at most " + MAX_BYTES + " bytes, not " + bytes);
            }
        }

        @Override
        public Endpoint canonical() {
            return this;
        }

        /**
         * {@return the form that {@link Endpoint#parse} reads} Exceptions are those of {@link Unix#toString}, and names
         * with control characters, which are escaped.
         */
        @Override
        public String toString() {
            return "unix:@" + EndpointParser.escaped(Text.printable(name));
        }
    }

    /**
     * A TCP port.
     *
     * @param host a name or an address, without brackets
     * @param port 0 to 65535
     */
    record Tcp(String host, int port) implements Endpoint {

        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if the host is blank or contains whitespace, a bracket, a slash, a comma or
         *     an {@code @}; if it contains a colon and is no IPv6 address; or if the port is out of range
         */
        public Tcp {
            Objects.requireNonNull(host, "host");
            if (host.isBlank()) {
                throw new IllegalArgumentException("a TCP endpoint needs a host");
            }
            boolean isForeign =
                    host.chars().anyMatch(c -> c <= ' ' || Character.isWhitespace(c) || "[]/,@".indexOf(c) >= 0);
            if (isForeign || (host.indexOf(':') >= 0 && !EndpointParser.isIpv6(host))) {
                throw new IllegalArgumentException(
                        "'" + Text.printable(host) + "' is not a host; give a name or an address, without brackets");
            }
            if (port < 0 || port > 65535) {
                throw new IllegalArgumentException("a TCP port is 0 to 65535, not " + port);
            }
        }

        @Override
        public Endpoint canonical() {
            return new Tcp(CanonicalForm.of(host), port);
        }

        /** {@return the form that {@link Endpoint#parse} reads} */
        @Override
        public String toString() {
            return "tcp:" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }
}
