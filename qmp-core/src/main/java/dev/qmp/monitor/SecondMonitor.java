package dev.qmp.monitor;

import dev.qmp.protocol.Endpoint;
import java.util.Objects;

/**
 * A monitor that was added to a running machine.
 *
 * @param id the id of the monitor and of its character device
 * @param endpoint the endpoint on which it listens, for another client
 */
public record SecondMonitor(String id, Endpoint endpoint) {

    /** Refuses missing components. */
    public SecondMonitor {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(endpoint, "endpoint");
    }
}
