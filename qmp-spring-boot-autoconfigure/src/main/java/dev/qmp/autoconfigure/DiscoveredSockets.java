package dev.qmp.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** The connections of the sockets in one folder. Used by one thread at a time. */
final class DiscoveredSockets {

    private static final Log LOGGER = LogFactory.getLog(DiscoveredSockets.class);

    private static final String SUFFIX = ".qmp";

    private final Path folder;
    private final QmpClients clients;
    /** By name, whether the connection is ours; it is not if its name is taken. */
    private final Map<String, Boolean> known = new HashMap<>();

    private String lastFailure = "";

    DiscoveredSockets(Path folder, QmpClients clients) {
        this.folder = folder;
        this.clients = clients;
    }

    Path folder() {
        return folder;
    }

    /** Adds the connections of sockets that came, and removes those of sockets that went. */
    void update() {
        Map<String, Path> present = list();
        known.keySet().removeIf(name -> !present.containsKey(name) && gone(name));
        present.forEach((name, socket) -> known.computeIfAbsent(name, added -> came(added, socket)));
    }

    private boolean came(String name, Path socket) {
        try {
            clients.add(name, "unix:" + socket);
            LOGGER.info("Discovered QMP connection '" + name + "'");
            return true;
        } catch (IllegalArgumentException e) {
            LOGGER.warn("The socket " + socket + " becomes no QMP connection: " + e.getMessage());
            return false;
        }
    }

    private boolean gone(String name) {
        if (Boolean.TRUE.equals(known.get(name))) {
            LOGGER.info("The socket of QMP connection '" + name + "' is gone");
            clients.remove(name);
        }
        return true;
    }

    private Map<String, Path> list() {
        Map<String, Path> present = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.sorted().filter(DiscoveredSockets::isSocket).forEach(socket -> present.put(name(socket), socket));
            lastFailure = "";
        } catch (NoSuchFileException e) {
            logOnce("there is no such folder yet");
        } catch (IOException e) {
            logOnce(String.valueOf(e.getMessage()));
        }
        return present;
    }

    private static boolean isSocket(Path file) {
        try {
            String name = file.getFileName().toString();
            return name.endsWith(SUFFIX)
                    && name.length() > SUFFIX.length()
                    && Files.readAttributes(file, BasicFileAttributes.class).isOther();
        } catch (IOException e) {
            return false; // it went while we looked
        }
    }

    private static String name(Path socket) {
        String file = socket.getFileName().toString();
        return file.substring(0, file.length() - SUFFIX.length());
    }

    private void logOnce(String failure) {
        if (!failure.equals(lastFailure)) {
            lastFailure = failure;
            LOGGER.warn("qmp.discovery.directory " + folder + " cannot be read: " + failure);
        }
    }
}
