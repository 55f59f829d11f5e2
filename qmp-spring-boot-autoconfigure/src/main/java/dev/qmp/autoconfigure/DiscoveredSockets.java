package dev.qmp.autoconfigure;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import dev.qmp.spring.QmpConnectionProperties;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The connections of the sockets in one folder. Confined to one thread at a time. */
final class DiscoveredSockets {

    private static final SafeLog LOGGER = SafeLog.of(DiscoveredSockets.class);

    private static final String SUFFIX = ".qmp";

    private final Path folder;
    private final DefaultQmpClients clients;
    private final Map<String, DiscoveredSocket> known = new HashMap<>();
    /** The reasons why sockets are no connections, by name. Each is tried again at every scan. */
    private final Map<String, String> refused = new HashMap<>();
    /** Why the last scan could not examine some sockets. Each reason is logged once until it is over. */
    private final Set<String> unreadable = new HashSet<>();

    private String lastFailure = "";

    DiscoveredSockets(Path folder, DefaultQmpClients clients) {
        this.folder = folder;
        this.clients = clients;
    }

    /**
     * Adds the connections of new sockets, and removes those of missing sockets. A failure of one socket affects
     * neither the others nor later scans. An error, such as a missing class, does not end the discovery either.
     */
    void update() {
        try {
            Map<String, SocketFile> present = list();
            known.entrySet().removeIf(entry -> removeIfGone(entry.getKey(), entry.getValue(), present));
            refused.keySet().retainAll(present.keySet());
            present.forEach(this::look);
            lastFailure = "";
        } catch (NoSuchFileException e) {
            known.entrySet().removeIf(entry -> removeIfGone(entry.getKey(), entry.getValue(), Map.of()));
            logOnce("there is no such folder yet", null);
        } catch (IOException e) {
            logOnce(reasonOf(e), null);
        } catch (Throwable e) {
            logOnce(Text.messageOf(e), e);
        }
    }

    private boolean removeIfGone(String name, DiscoveredSocket socket, Map<String, SocketFile> present) {
        boolean gone = !socket.file().equals(present.get(name));
        if (gone) {
            LOGGER.info("The socket of QMP connection '" + Text.printable(name) + "' is gone"
                    + (present.containsKey(name) ? ", and another is in its place" : ""));
            clients.remove(name, socket.client()); // removes this client only, not a new one of the same name
        }
        return gone;
    }

    private void look(String name, SocketFile file) {
        try {
            DiscoveredSocket socket = known.get(name);
            if (socket != null) {
                socket.resume();
            } else {
                QmpClient client = clients.add(name, propertiesOf(file));
                known.put(name, new DiscoveredSocket(file, client, () -> clients.start(name, client)));
                LOGGER.info("Discovered QMP connection '" + Text.printable(name) + "'");
            }
            refused.remove(name);
        } catch (Throwable e) {
            String reason = Text.messageOf(e);
            if (!reason.equals(refused.put(name, reason))) {
                LOGGER.warn(
                        "The socket " + Text.printableSentence(file.path().toString())
                                + " is not used as a QMP connection for now: " + reason,
                        e instanceof IllegalArgumentException ? null : e);
            }
        }
    }

    /** The monitor listens at the socket, without TLS, so these properties override the defaults. */
    private static QmpConnectionProperties propertiesOf(SocketFile file) {
        QmpConnectionProperties properties =
                QmpConnectionProperties.ofAddress(Endpoint.unix(file.path()).toString());
        properties.setMode(ConnectMode.CONNECT);
        properties.getSsl().setEnabled(false);
        return properties;
    }

    /** {@return the sockets in the folder} A known socket that cannot be examined counts as unchanged. */
    private Map<String, SocketFile> list() throws IOException {
        Map<String, SocketFile> present = new LinkedHashMap<>();
        Set<String> reasons = new HashSet<>();
        for (Path path : paths()) {
            String name = name(path);
            try {
                SocketFile.at(path).ifPresent(socket -> present.put(name, socket));
            } catch (IOException e) {
                DiscoveredSocket socket = known.get(name);
                if (socket != null) {
                    present.put(name, socket.file());
                }
                String reason = reasonOf(e);
                if (reasons.add(reason) && unreadable.add(reason)) {
                    logUnreadable(path, reason);
                }
            }
        }
        unreadable.retainAll(reasons);
        return present;
    }

    private List<Path> paths() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(DiscoveredSockets::hasSuffix).sorted().toList();
        }
    }

    /** {@return the reason without the path, so that it is the same for all sockets} */
    private static String reasonOf(IOException failure) {
        if (failure instanceof NotDirectoryException) {
            return "it is not a folder";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied for the user " + System.getProperty("user.name", "of this process");
        }
        String reason = failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
        return reason == null ? failure.getClass().getSimpleName() : Text.printable(reason);
    }

    private static void logUnreadable(Path path, String reason) {
        LOGGER.warn("The socket " + Text.printableSentence(path.toString())
                + " cannot be examined, and possibly others: " + reason
                + ". Connections of such sockets stay. If a permission is missing, permit execution of the folder");
    }

    private static boolean hasSuffix(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(SUFFIX) && name.length() > SUFFIX.length();
    }

    private static String name(Path socket) {
        String file = socket.getFileName().toString();
        return file.substring(0, file.length() - SUFFIX.length());
    }

    private void logOnce(String failure, @Nullable Throwable unexpected) {
        if (!failure.equals(lastFailure)) {
            lastFailure = failure;
            LOGGER.warn(
                    "qmp.discovery.directory " + Text.printableSentence(folder.toString()) + " cannot be read: "
                            + failure,
                    unexpected);
        }
    }
}
