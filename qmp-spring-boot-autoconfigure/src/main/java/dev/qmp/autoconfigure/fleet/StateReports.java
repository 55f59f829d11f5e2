package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.autoconfigure.fleet.Reports.Report;
import dev.qmp.error.Text;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes the reports on the connections that this instance holds, one at a time for each connection.
 *
 * <p>Thread safety: {@link #due} and {@link #isWriting} from any thread; {@link #write} on the fleet's thread.
 */
final class StateReports {

    private static final SafeLog LOGGER = SafeLog.of(StateReports.class);

    private final String me;
    private final Reports reports;
    private final Map<String, FleetConnection> connections;
    private final Turns turns;
    private final Set<String> due = ConcurrentHashMap.newKeySet();
    /** Connections whose last report could not be made. */
    private final Set<String> failing = new HashSet<>();

    StateReports(String me, Reports reports, Map<String, FleetConnection> connections, Turns turns) {
        this.me = me;
        this.reports = reports;
        this.connections = connections;
        this.turns = turns;
    }

    /** Marks a connection, so that the next turn writes a report of its state. */
    void due(String connection) {
        due.add(connection);
    }

    void allDue(Collection<String> names) {
        due.addAll(names);
    }

    /** {@return whether a report is on its way} The claim is released after it. */
    boolean isWriting(String connection) {
        return reports.isWriting(connection);
    }

    /** Writes the due reports, without waiting for the cluster. */
    void write() {
        FleetThreads.assertOnState();
        Map<String, Report> batch = new LinkedHashMap<>();
        for (String name : Turns.taken(due)) {
            FleetConnection connection = connections.get(name);
            if (reports.isWriting(name)) {
                due.add(name); // the end of that write starts a turn
            } else if (connection != null && connection.phase() != Phase.OFF) {
                make(connection, batch);
            } else {
                failing.remove(name);
            }
        }
        reports.write(batch, this::written);
    }

    /** Adds a report. If a client throws, such as one of the application's own, the other reports are written. */
    private void make(FleetConnection connection, Map<String, Report> batch) {
        String name = connection.name();
        try {
            boolean yielded = connection.phase() == Phase.YIELDED;
            batch.put(name, Report.of(me, connection.client().status(), yielded, connection.failure()));
            failing.remove(name);
        } catch (Throwable e) {
            due.add(name); // made with the next tick
            if (failing.add(name)) {
                LOGGER.warn(
                        "QMP connection '" + Text.printable(name)
                                + "': its state could not be reported to other instances; tried again each second",
                        e);
            }
        }
    }

    /** On a thread of Hazelcast, or on the fleet's. */
    private void written(String name, boolean failed) {
        FleetConnection connection = connections.get(name);
        if (failed) {
            due.add(name); // written with the next tick
        } else if (due.contains(name) || (connection != null && connection.phase() == Phase.DRAINED)) {
            turns.wake();
        }
    }
}
