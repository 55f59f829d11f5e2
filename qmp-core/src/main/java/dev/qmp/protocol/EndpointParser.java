package dev.qmp.protocol;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Reads the text form of an {@link Endpoint}. */
final class EndpointParser {

    private static final String ACCEPTED = "expected unix:PATH, tcp:HOST:PORT or tcp:[IPV6]:PORT";

    /** What stands behind an address on QEMU's command line, and is of no use to a client. */
    private static final Pattern OPTIONS_OF_QEMU = Pattern.compile(",(server|wait|reconnect|path|id)(=|,|$)");

    private EndpointParser() {}

    static Endpoint parse(String text) {
        if (OPTIONS_OF_QEMU.matcher(text).find()) {
            throw malformed(text, "what follows the comma is for QEMU's command line");
        }
        if (text.startsWith("unix:") && text.length() > "unix:".length()) {
            return unix(text);
        }
        if (text.startsWith("tcp:")) {
            return tcp(text);
        }
        throw malformed(text, "no known scheme");
    }

    private static Endpoint unix(String text) {
        try {
            return new Endpoint.Unix(Path.of(text.substring("unix:".length())));
        } catch (InvalidPathException e) {
            throw malformed(text, "not a path");
        }
    }

    private static Endpoint tcp(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon <= "tcp:".length() ? "" : text.substring("tcp:".length(), colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String bare = bracketed ? host.substring(1, host.length() - 1) : host;
        if (bare.isBlank()) {
            throw malformed(text, "no host");
        }
        if (!bracketed && bare.indexOf(':') >= 0) {
            throw malformed(text, "an IPv6 address needs brackets");
        }
        return new Endpoint.Tcp(bare, port(text, text.substring(colon + 1)));
    }

    private static int port(String text, String digits) {
        try {
            int port = Integer.parseInt(digits);
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // told below, together with the numbers that are out of range
        }
        throw malformed(text, "the port must be a number from 0 to 65535");
    }

    private static IllegalArgumentException malformed(String text, String why) {
        return new IllegalArgumentException("'" + text + "' is not an endpoint: " + why + "; " + ACCEPTED);
    }
}
