package dev.qmp.process;

import dev.qmp.protocol.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the process that listens at a Unix socket, in {@code /proc} of Linux. */
final class SocketOwner {

    private static final Path PROC = Path.of("/proc");
    private static final String LISTENING = "00010000";
    /** The columns of {@code /proc/net/unix}: flags, inode, path. */
    private static final int FLAGS = 3;

    private static final int INODE = 6;
    private static final int PATH = 7;

    /** How the JDK reads and writes the names of files. */
    private static final Charset PATH_CHARSET =
            Charset.forName(System.getProperty("sun.jnu.encoding", StandardCharsets.UTF_8.name()));

    private SocketOwner() {}

    /**
     * {@return the process id, never that of this JVM}
     *
     * @throws QemuProcessException if this JVM listens, or there is no process that listens, or more than one
     */
    static long find(Endpoint endpoint) {
        Set<String> sockets = listening(endpoint);
        Set<Long> owners = new HashSet<>();
        if (!sockets.isEmpty()) {
            for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
                Set<String> own = socketsOf(process.pid());
                if (own != null && !Collections.disjoint(own, sockets)) {
                    owners.add(process.pid());
                }
            }
        }
        boolean ownedHere = owners.remove(ProcessHandle.current().pid());
        // /proc/net/unix keeps the path of a removed file, so the socket of another process may be the older one
        if (ownedHere || owners.size() != 1) {
            String found = ownedHere ? "no process but this JVM" : "no process";
            throw new QemuProcessException(
                    (owners.isEmpty() ? found : "more than one process") + " was found that listens at " + endpoint
                            + "; give the process id",
                    null);
        }
        return owners.iterator().next();
    }

    /**
     * Checks the process. If this JVM listens at the path itself, QEMU connects to it, and nothing can be checked.
     *
     * @throws QemuProcessException if {@code /proc} shows that it does not listen on the socket, and another one does
     */
    static void check(Endpoint endpoint, long pid) {
        Set<String> sockets = listening(endpoint);
        Set<String> own = sockets.isEmpty() ? null : socketsOf(pid);
        if (own != null && Collections.disjoint(own, sockets) && !isOwnedHere(sockets)) {
            throw new QemuProcessException(
                    "process " + pid + " does not listen at " + endpoint + "; look up the process id again", null);
        }
    }

    private static boolean isOwnedHere(Set<String> sockets) {
        Set<String> ours = socketsOf(ProcessHandle.current().pid());
        return ours != null && !Collections.disjoint(ours, sockets);
    }

    /**
     * {@return the sockets that listen on the endpoint, as the targets of links in {@code /proc}; empty if {@code
     * /proc} does not show them}
     */
    private static Set<String> listening(Endpoint endpoint) {
        if (endpoint instanceof Endpoint.Unix unix) {
            List<String> paths =
                    List.of(unix.path().toString(), unix.canonical().toString().replaceFirst("^unix:", ""));
            try {
                return listening(Files.readAllBytes(PROC.resolve("net").resolve("unix")), paths);
            } catch (IOException e) {
                return Set.of();
            }
        }
        return Set.of();
    }

    /**
     * {@return the sockets that listen at one of the paths}
     *
     * @param table the content of {@code /proc/net/unix}; other processes choose paths, so these can be any bytes
     */
    static Set<String> listening(byte[] table, List<String> paths) {
        Set<String> sockets = new HashSet<>();
        for (String line : (Iterable<String>) new String(table, PATH_CHARSET).lines()::iterator) {
            String[] columns = line.trim().split("\\s+", PATH + 1);
            if (columns.length > PATH && columns[FLAGS].equals(LISTENING) && paths.contains(columns[PATH])) {
                sockets.add("socket:[" + columns[INODE] + "]");
            }
        }
        return sockets;
    }

    /** {@return the sockets of a process; null if it has ended, or belongs to another user} */
    private static @Nullable Set<String> socketsOf(long pid) {
        Set<String> sockets = new HashSet<>();
        Path directory = PROC.resolve(Long.toString(pid)).resolve("fd");
        try (Stream<Path> descriptors = Files.list(directory)) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                addSocket(descriptor, sockets);
            }
        } catch (IOException | UncheckedIOException e) {
            return null;
        }
        return sockets;
    }

    private static void addSocket(Path descriptor, Set<String> sockets) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            if (target.startsWith("socket:")) {
                sockets.add(target);
            }
        } catch (IOException e) {
            // closed meanwhile
        }
    }
}
