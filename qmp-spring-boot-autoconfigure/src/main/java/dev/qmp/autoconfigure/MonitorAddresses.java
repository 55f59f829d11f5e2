package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Refuses a second connection to one monitor, because a monitor serves one client. All spellings of one address are
 * equal. The names and addresses of the configuration are reserved until their clients are created.
 *
 * <p>Thread safety: any thread may use it.
 */
final class MonitorAddresses {

    private final Map<String, Address> reserved = new ConcurrentHashMap<>();

    /** An address as it is configured, and in the form that is equal for all its spellings. */
    private record Address(Endpoint endpoint, Endpoint canonical) {}

    /**
     * Reserves the names and addresses of the configuration. Reads the file system.
     *
     * @throws InvalidQmpPropertyException if two connections have one address
     */
    MonitorAddresses(List<QmpConnectionSettings> connections) {
        Map<Endpoint, QmpConnectionSettings> taken = new HashMap<>();
        for (QmpConnectionSettings connection : connections) {
            Endpoint canonical = connection.endpoint().canonical();
            reserved.put(connection.name(), new Address(connection.endpoint(), canonical));
            QmpConnectionSettings other = connection.isOneMonitor() ? taken.putIfAbsent(canonical, connection) : null;
            if (other != null) {
                throw connection.invalidAddress(
                        "connection '" + other.name() + "'" + hasIt(connection.endpoint(), other.endpoint()));
            }
        }
    }

    boolean isReserved(String name) {
        return reserved.containsKey(name);
    }

    void release(String name) {
        reserved.remove(name);
    }

    void releaseAll() {
        reserved.clear();
    }

    /**
     * Checks the address of a connection to be added.
     *
     * @param canonical its endpoint in the canonical form
     * @throws IllegalArgumentException if the address is reserved, or one of the clients has it
     */
    void refuseIfTaken(QmpConnectionSettings added, Endpoint canonical, Collection<ManagedClient> clients) {
        if (!QmpConnectionSettings.isOneMonitor(canonical)) {
            return;
        }
        for (ManagedClient other : clients) {
            if (canonical.equals(other.canonical())) {
                throw taken(added, other.name(), other.client().endpoint());
            }
        }
        reserved.forEach((name, address) -> {
            if (canonical.equals(address.canonical)) {
                throw taken(added, name, address.endpoint);
            }
        });
    }

    private static IllegalArgumentException taken(QmpConnectionSettings added, String other, Endpoint endpoint) {
        return new IllegalArgumentException(Text.printableSentence("QMP connection '" + added.name()
                + "' cannot have the address " + added.endpoint() + ": QMP connection '" + other + "'"
                + hasIt(added.endpoint(), endpoint)));
    }

    private static String hasIt(Endpoint endpoint, Endpoint other) {
        String spelling = other.equals(endpoint) ? "" : ", spelled " + other;
        return " has it already" + spelling + ", and a monitor serves one client";
    }
}
