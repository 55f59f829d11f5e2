package dev.qmp.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The faults of a server at the moment; asked by all its parts, from any thread. */
final class Faults {

    private final Set<ServerFault> present = ConcurrentHashMap.newKeySet();

    boolean has(ServerFault fault) {
        return present.contains(fault);
    }

    boolean none() {
        return present.isEmpty();
    }

    /** {@return whether it is news} */
    boolean add(ServerFault fault) {
        return present.add(fault);
    }

    /** {@return whether it was there} */
    boolean remove(ServerFault fault) {
        return present.remove(fault);
    }
}
