package dev.qmp.protocol;

import dev.qmp.error.Text;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the text form of an {@link Endpoint}, in the spellings of QEMU, libvirt and Podman. */
final class EndpointParser {

    private static final String ACCEPTED = "expected unix:PATH, unix:@NAME, tcp:HOST:PORT or tcp:[IPV6]:PORT";

    /** Options of QEMU's side of the socket that do not matter to a client that dials it. */
    private static final Set<String> IGNORED = Set.of(
            "server",
            "wait",
            "nowait",
            "nodelay",
            "delay",
            "keep-alive",
            "ipv4",
            "ipv6",
            "id",
            "mux",
            "logfile",
            "logappend");

    /** Options of QEMU that would change the client's part, and so are refused. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("telnet", "telnet is not supported; remove the option telnet from QEMU's socket"),
            Map.entry("tn3270", "tn3270 is not supported; remove the option tn3270 from QEMU's socket"),
            Map.entry("websocket", "a websocket is not supported; remove the option from QEMU's socket"),
            Map.entry("tls-creds", "TLS is configured at the client; configure it there and remove tls-creds here"),
            Map.entry("tls-authz", "TLS is configured at the client; configure it there and remove tls-authz here"),
            Map.entry("reconnect", "QEMU dials there; remove the option and let the client listen"),
            Map.entry("reconnect-ms", "QEMU dials there; remove the option and let the client listen"),
            Map.entry("to", "QEMU chose a port of a range; name that port, and remove the option to"),
            Map.entry("fd", "an open descriptor has no address; give QEMU's socket a path or a port"),
            Map.entry("path", "it is QEMU's -chardev form; write unix:PATH"),
            Map.entry("host", "it is QEMU's -chardev form; write tcp:HOST:PORT"),
            Map.entry("port", "it is QEMU's -chardev form; write tcp:HOST:PORT"));

    /** Options that are about the abstract namespace. */
    private static final Set<String> OF_ABSTRACT_NAMES = Set.of("abstract", "tight");

    /** The values that switch an option off. */
    private static final Set<String> OFF = Set.of("off", "no", "false");

    /** A comma that is not one of two, which stand for a comma in the path. */
    private static final String SEPARATOR = "(?<!,)(?:,,)*,(?!,)";

    private static final Pattern FIRST_OPTION = Pattern.compile(SEPARATOR + "(" + optionNames() + ")(?=[=,]|$)");

    /** What precedes the first option must be a path. */
    private static final Pattern UNKNOWN_BEFORE_OPTIONS = Pattern.compile(SEPARATOR + "([^=,]*)");

    /** A path can contain commas if no options follow, but such an end is a misspelt option. */
    private static final Pattern UNKNOWN_AT_END = Pattern.compile(SEPARATOR + "([a-z][a-z0-9-]*)=[^/,]*$");

    /** The start of a second address, as Spring Boot joins the values of an option that is given twice. */
    private static final Pattern SECOND_ADDRESS = Pattern.compile(SEPARATOR + "\\s*(?:unix|tcp):");

    /** Java's limit for a socket's path, in bytes. */
    private static final int MAX_PATH = 106;

    /** What remains of that limit if a link below {@code /tmp}, with a random name, replaces the folder. */
    private static final int MAX_NAME_IN_LONG_PATH = 75;

    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%.+)?");

    /** Other kinds of character devices of QEMU, and other transports. */
    private static final Map<String, String> OTHER_SCHEMES = Map.ofEntries(
            Map.entry("vsock", "vsock is not supported; give QEMU a Unix socket or a TCP port for its monitor"),
            Map.entry("fd", "an open descriptor has no address; give QEMU's socket a path or a port"),
            Map.entry("ws", "a websocket is not supported; use tcp:HOST:PORT without websocket=on"),
            Map.entry("wss", "a websocket is not supported; use tcp:HOST:PORT, and TLS of the client"),
            Map.entry("websocket", "a websocket is not supported; use tcp:HOST:PORT without websocket=on"),
            Map.entry("http", "sessions over HTTP are not supported; use tcp:HOST:PORT"),
            Map.entry("https", "sessions over HTTP are not supported; use tcp:HOST:PORT, and TLS of the client"),
            Map.entry("telnet", "telnet is not supported; use tcp:HOST:PORT with a socket without telnet=on"),
            Map.entry("tn3270", "tn3270 is not supported; use tcp:HOST:PORT"),
            Map.entry("tls", "TLS is an option of the client; write tcp:HOST:PORT and configure TLS there"),
            Map.entry("ssl", "TLS is an option of the client; write tcp:HOST:PORT and configure TLS there"),
            Map.entry("udp", "a session needs a stream; use unix:PATH or tcp:HOST:PORT"),
            Map.entry("ssh", "forward the socket with ssh -L, and name the local end"),
            Map.entry("pty", "a terminal is no socket; give QEMU a Unix socket for its monitor"),
            Map.entry("pipe", "a pipe is no socket; give QEMU a Unix socket for its monitor"),
            Map.entry("serial", "a serial line is no socket; give QEMU a Unix socket for its monitor"),
            Map.entry("stdio", "the output of QEMU is no socket; give QEMU a Unix socket for its monitor"),
            Map.entry("file", "for a Unix socket write unix:PATH"),
            Map.entry("path", "for a Unix socket write unix:PATH"),
            Map.entry("chardev", "a character device's name is known to QEMU only; write the address of its socket"),
            Map.entry("mon", "a monitor's name is known to QEMU only; write the address of its socket"),
            Map.entry("socket", "it is QEMU's -chardev form; write unix:PATH or tcp:HOST:PORT"));

    private final String text;

    private EndpointParser(String text) {
        this.text = text;
    }

    static Endpoint parse(String text) {
        return new EndpointParser(text).parse();
    }

    /** {@return the path as an address has it} If a part of it looks like an option, it is escaped. */
    static String escaped(String path) {
        boolean isPlain = !FIRST_OPTION.matcher(path).find()
                && !UNKNOWN_AT_END.matcher(path).find()
                && !SECOND_ADDRESS.matcher(path).find();
        return isPlain ? path : path.replace(",", ",,") + ",server=on";
    }

    /** {@return whether the text has the form of an IPv6 address, with or without a zone} */
    static boolean isIpv6(String host) {
        return IPV6.matcher(host).matches();
    }

    private static String optionNames() {
        Set<String> names = new HashSet<>(IGNORED);
        names.addAll(REFUSED.keySet());
        names.addAll(OF_ABSTRACT_NAMES);
        return String.join("|", names);
    }

    private Endpoint parse() {
        String address = withoutState(text.strip());
        if (address.isEmpty()) {
            throw malformed("it is empty");
        }
        if (SECOND_ADDRESS.matcher(address).find()) {
            throw malformed(
                    "a comma joins two addresses; give one, also if an option of the command line is given twice;"
                            + " in a path, write two commas, and ,server=on after the path");
        }
        if (address.startsWith("unix:")) {
            return unix(address.substring("unix:".length()));
        }
        if (address.startsWith("tcp:")) {
            return tcp(address.substring("tcp:".length()));
        }
        throw malformed(withoutScheme(address));
    }

    /**
     * Removes the state that {@code info chardev} appends: a mark if there is no client, otherwise the client's
     * address.
     */
    private static String withoutState(String shown) {
        String address = shown.startsWith("disconnected:") ? shown.substring("disconnected:".length()) : shown;
        int arrow = address.indexOf(" <-> ");
        return arrow < 0 ? address : address.substring(0, arrow);
    }

    private static String withoutScheme(String address) {
        String scheme = address.split("[:,]", 2)[0];
        String other = OTHER_SCHEMES.get(scheme);
        if (other != null) {
            return other;
        }
        if (address.startsWith("/") || address.startsWith("~") || address.startsWith(".")) {
            return "no known scheme: for a Unix socket write unix:" + Text.printable(address);
        }
        if (address.startsWith("@")) {
            return "no known scheme: for an abstract Unix socket write unix:" + Text.printable(address);
        }
        return "no known scheme";
    }

    // ------------------------------------------------------------------ Unix sockets

    private Endpoint unix(String rest) {
        Matcher option = FIRST_OPTION.matcher(rest);
        boolean hasOptions = option.find();
        int end = hasOptions ? option.start(1) - 1 : rest.length();
        String path = rest.substring(0, end);
        Matcher unknown = (hasOptions ? UNKNOWN_BEFORE_OPTIONS : UNKNOWN_AT_END).matcher(path);
        if (unknown.find()) {
            throw malformed("the option '" + Text.printable(unknown.group(1))
                    + "' is unknown; if the comma is part of the path, write two, and ,server=on after the path");
        }
        boolean isAbstract = false;
        if (hasOptions) {
            path = path.replace(",,", ",");
            isAbstract = isAbstract(options(rest.substring(end + 1)));
        }
        if (path.startsWith("//")) {
            path = withoutHost(path);
        }
        if (path.isEmpty()) {
            throw malformed("no path after 'unix:'");
        }
        if (path.startsWith("@") || isAbstract) {
            return abstractSocket(isAbstract ? path : path.substring(1));
        }
        return unix(path(path));
    }

    private Endpoint unix(Path path) {
        Endpoint.Unix unix = new Endpoint.Unix(path);
        Path name = unix.path().getFileName();
        if (name == null || bytes(name) <= MAX_NAME_IN_LONG_PATH) {
            return unix; // without asking for the whole path's text, which the path would keep
        }
        int length = bytes(unix.path());
        if (length > MAX_PATH) {
            throw malformed("the path has " + length + " bytes, and a socket's path has " + MAX_PATH
                    + " at most; use a shorter path, or a file name of at most " + MAX_NAME_IN_LONG_PATH + " bytes");
        }
        return unix;
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private Endpoint abstractSocket(String name) {
        try {
            return new Endpoint.Abstract(name);
        } catch (IllegalArgumentException e) {
            throw malformed(String.valueOf(e.getMessage()));
        }
    }

    /** Removes the empty host of a URL. */
    private String withoutHost(String path) {
        if (path.startsWith("///")) {
            return path.substring(2);
        }
        throw malformed("a Unix socket has no host; write unix:/PATH or unix:///PATH");
    }

    private Path path(String path) {
        if (path.startsWith("~") && !path.equals("~") && !path.startsWith("~/")) {
            throw malformed("only the own home folder is known, as in unix:~/vm1.qmp");
        }
        if (Character.isWhitespace(path.charAt(0))) {
            throw malformed(
                    "whitespace follows 'unix:'; remove it, or write unix:./ before a name that begins with it");
        }
        try {
            return path.startsWith("~")
                    ? Path.of(System.getProperty("user.home", "/") + path.substring(1))
                    : Path.of(path);
        } catch (InvalidPathException e) {
            String remedy = path.chars().allMatch(character -> character < 128)
                    ? ""
                    : "; a JVM whose locale has no such characters needs LC_ALL=C.UTF-8";
            throw malformed("not a path: " + e.getReason() + remedy);
        }
    }

    // ------------------------------------------------------------------ options of QEMU's side

    /** An option of QEMU's side of the socket. */
    private record Option(String name, boolean isOff) {

        static Option of(String text) {
            String[] parts = text.split("=", 2);
            return new Option(parts[0], parts.length == 2 && OFF.contains(parts[1]));
        }
    }

    /** {@return the options} If one of them cannot be ignored, the endpoint is refused. */
    private List<Option> options(String list) {
        List<Option> options =
                Arrays.stream(list.split(",", -1)).map(Option::of).toList();
        options.forEach(this::refuseUnlessIgnorable);
        return options;
    }

    private void refuseUnlessIgnorable(Option option) {
        String name = option.name();
        if (name.equals("tight") && option.isOff()) {
            throw malformed("a name that is padded with zero bytes (tight=off) is not supported");
        }
        if (name.equals("server") && option.isOff()) {
            throw malformed("QEMU dials there (server=off); remove the option and let the client listen");
        }
        String refusal = REFUSED.get(name);
        if (refusal != null && !option.isOff()) {
            throw malformed(refusal);
        }
        if (refusal == null && !IGNORED.contains(name) && !OF_ABSTRACT_NAMES.contains(name)) {
            throw malformed("the option '" + Text.printable(name) + "' is unknown");
        }
    }

    /** {@return whether the options put the name of a Unix socket into the abstract namespace} */
    private static boolean isAbstract(List<Option> options) {
        return options.stream().anyMatch(option -> option.name().equals("abstract") && !option.isOff());
    }

    // ------------------------------------------------------------------ TCP

    private Endpoint tcp(String rest) {
        String address = rest.startsWith("//") ? rest.substring(2) : rest;
        int comma = address.indexOf(',');
        if (comma >= 0) {
            if (isAbstract(options(address.substring(comma + 1)))) {
                throw malformed("only a Unix socket can be abstract");
            }
            address = address.substring(0, comma);
        }
        boolean bracketed = address.startsWith("[");
        int end = bracketed ? address.indexOf(']') + 1 : address.lastIndexOf(':');
        if (bracketed && end == 0) {
            throw malformed("the bracket around the IPv6 address is not closed");
        }
        if (end < 0 || end == address.length()) {
            throw malformed(
                    address.isEmpty()
                            ? "no host and no port after 'tcp:'"
                            : isNumber(address) ? "no host before the port" : "no port after the host");
        }
        if (address.charAt(end) != ':') {
            throw malformed("a colon and the port must follow the bracket");
        }
        String host = bracketed ? address.substring(1, end - 1) : address.substring(0, end);
        return tcp(host(host, bracketed), port(address.substring(end + 1)));
    }

    private String host(String host, boolean bracketed) {
        if (host.isBlank()) {
            throw malformed("no host before the port");
        }
        if (!bracketed && host.indexOf(':') >= 0) {
            throw malformed("an IPv6 address needs brackets");
        }
        if (bracketed && !isIpv6(host)) {
            throw malformed("only an IPv6 address is written in brackets");
        }
        if (!bracketed && host.indexOf('@') >= 0) {
            throw malformed("a monitor has no users; remove the text before and with the @");
        }
        return host;
    }

    private Endpoint tcp(String host, int port) {
        try {
            return new Endpoint.Tcp(host, port);
        } catch (IllegalArgumentException e) {
            throw malformed(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isNumber(String digits) {
        return digits.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private int port(String digits) {
        if (!digits.isEmpty() && isNumber(digits) && digits.length() <= 5) {
            int port = Integer.parseInt(digits);
            if (port <= 65535) {
                return port;
            }
        }
        throw malformed(
                digits.isEmpty()
                        ? "no port after the host"
                        : "the port must be a number from 0 to 65535, not '" + Text.printable(digits) + "'");
    }

    private IllegalArgumentException malformed(String why) {
        return new IllegalArgumentException(
                "'" + Text.printable(text) + "' is not an endpoint: " + why + "; " + ACCEPTED);
    }
}
