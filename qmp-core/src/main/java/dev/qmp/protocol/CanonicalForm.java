package dev.qmp.protocol;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Locale;

/** The forms of paths and hosts that are equal for one socket. */
final class CanonicalForm {

    private CanonicalForm() {}

    /** Resolves links of the file, or of its folder while the file is missing. */
    static Path of(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            Path folder = path.toAbsolutePath().getParent();
            Path name = path.getFileName();
            return folder == null || name == null ? path.toAbsolutePath().normalize() : ofFolder(folder, name);
        }
    }

    private static Path ofFolder(Path folder, Path name) {
        try {
            return folder.toRealPath().resolve(name).normalize();
        } catch (IOException e) {
            return folder.resolve(name).normalize();
        }
    }

    /** Spells an IPv6 address as the JDK does; anything else is a name or an IPv4 address. */
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
