package dev.qmp.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The present faults of a server. All its parts read them, from any thread. */
final class Faults {

    private final Set<ServerFault> present = ConcurrentHashMap.newKeySet();

    boolean has(ServerFault fault) {
        return present.contains(fault);
    }

    boolean none() {
        return present.isEmpty();
    }

    /** {@return whether the fault was absent before} */
    boolean add(ServerFault fault) {
        return present.add(fault);
    }

    /** {@return whether the fault was present before} */
    boolean remove(ServerFault fault) {
        return present.remove(fault);
    }
}
