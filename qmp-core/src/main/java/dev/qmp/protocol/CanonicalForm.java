package dev.qmp.protocol;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The canonical forms of paths and hosts, which are equal for one socket. */
final class CanonicalForm {

    /** The limit of Linux. A path with more links is a cycle. */
    private static final int MAX_LINKS = 40;

    private CanonicalForm() {}

    /** Resolves links of the file, or of its folder while the file is missing, and links to missing files. */
    static Path of(Path path) {
        return of(path, MAX_LINKS);
    }

    private static Path of(Path path, int links) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            Path target = links > 0 ? targetOf(path) : null;
            if (target != null) {
                return of(target, links - 1);
            }
            Path folder = path.toAbsolutePath().getParent();
            Path name = path.getFileName();
            return folder == null || name == null ? path.toAbsolutePath().normalize() : ofFolder(folder, name);
        }
    }

    /** {@return the target of a symbolic link; null if the file is not a link} */
    private static @Nullable Path targetOf(Path path) {
        try {
            return path.toAbsolutePath().resolveSibling(Files.readSymbolicLink(path));
        } catch (IOException | UnsupportedOperationException e) {
            return null;
        }
    }

    private static Path ofFolder(Path folder, Path name) {
        try {
            return folder.toRealPath().resolve(name).normalize();
        } catch (IOException e) {
            return folder.resolve(name).normalize();
        }
    }

    /** {@return an IPv6 address in the JDK's spelling; any other text is a name or an IPv4 address} */
    static String of(String host) {
        if (host.indexOf(':') < 0) {
            return host.toLowerCase(Locale.ROOT);
        }
        try {
            return InetAddress.getByName("[" + host + "]").getHostAddress();
        } catch (UnknownHostException e) {
            return host.toLowerCase(Locale.ROOT);
        }
    }
}
