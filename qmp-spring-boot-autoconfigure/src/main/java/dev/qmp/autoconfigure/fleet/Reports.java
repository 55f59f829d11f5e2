package dev.qmp.autoconfigure.fleet;

import com.hazelcast.map.IMap;
import dev.qmp.QmpClientStatus;
import dev.qmp.error.Text;
import dev.qmp.protocol.Runstate;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What the owner of each connection reports about it, for all instances to read from memory. */
final class Reports {

    private static final int BATCH = 256;

    private final MapView view;
    private final Set<String> writing = ConcurrentHashMap.newKeySet();

    /**
     * A report.
     *
     * @param owner the instance that wrote it
     * @param heldByAnother whether another client was found at the monitor
     */
    record Report(
            String owner,
            Runstate runstate,
            @Nullable Instant since,
            @Nullable String version,
            @Nullable String error,
            boolean heldByAnother) {

        static Report of(String owner, QmpClientStatus status, boolean heldByAnother, @Nullable Throwable failure) {
            Throwable error = status.lastError() != null ? status.lastError() : failure;
            return new Report(
                    owner,
                    status.runstate(),
                    status.since(),
                    status.greeting() == null
                            ? null
                            : status.greeting().version().toString(),
                    error == null ? null : Text.messageOf(error),
                    heldByAnother);
        }

        static @Nullable Report read(String text) {
            ObjectNode tree = FleetJson.read(text);
            String owner = tree == null ? null : FleetJson.text(tree, "owner");
            if (tree == null || owner == null) {
                return null;
            }
            try {
                return new Report(
                        owner,
                        Runstate.valueOf(tree.path("runstate").asString("")),
                        Instant.ofEpochMilli(tree.path("since").asLong(0)),
                        FleetJson.text(tree, "version"),
                        FleetJson.text(tree, "error"),
                        tree.path("held").asBoolean(false));
            } catch (IllegalArgumentException e) {
                return null; // of a version with other runstates
            }
        }

        String write() {
            ObjectNode tree = FleetJson.object().put("owner", owner).put("runstate", runstate.name());
            if (since != null) {
                tree.put("since", since.toEpochMilli());
            }
            if (version != null) {
                tree.put("version", version);
            }
            if (error != null) {
                tree.put("error", error);
            }
            if (heldByAnother) {
                tree.put("held", true);
            }
            return FleetJson.write(tree);
        }
    }

    Reports(IMap<String, String> map) {
        this.view = new MapView(map, (key, before, after) -> {});
    }

    void open() {
        view.open();
    }

    void close() {
        view.close();
    }

    void compare() {
        view.compare();
    }

    /** {@return the last report on a connection; null if there is none} */
    @Nullable
    Report of(String connection) {
        String text = view.get(connection);
        return text == null ? null : Report.read(text);
    }

    /** {@return whether a report on the connection is on its way} */
    boolean isWriting(String connection) {
        return writing.contains(connection);
    }

    /**
     * Writes reports, without waiting. One at a time for each connection, because two could change places while the
     * cluster changes. Many go in one message to each member.
     *
     * @param all the reports by connection
     * @param written called for each connection when its report is written, with whether that failed
     */
    void write(Map<String, Report> all, BiConsumer<String, Boolean> written) {
        Map<String, String> batch = new HashMap<>();
        all.forEach((connection, report) -> {
            String text = report.write();
            if (!text.equals(view.get(connection)) && writing.add(connection)) {
                batch.put(connection, text);
            }
            if (batch.size() == BATCH) {
                send(Map.copyOf(batch), written);
                batch.clear();
            }
        });
        if (!batch.isEmpty()) {
            send(batch, written);
        }
    }

    private void send(Map<String, String> batch, BiConsumer<String, Boolean> written) {
        long since = view.moment();
        try {
            view.map()
                    .setAllAsync(batch)
                    .whenComplete((nothing, failure) -> sent(batch, since, failure != null, written));
        } catch (RuntimeException e) {
            sent(batch, since, true, written);
            throw e;
        }
    }

    private void sent(Map<String, String> batch, long since, boolean failed, BiConsumer<String, Boolean> written) {
        batch.forEach((connection, text) -> {
            if (!failed) {
                view.take(connection, text, since);
            }
            writing.remove(connection);
            written.accept(connection, failed);
        });
    }

    void forget(String connection) {
        view.map().deleteAsync(connection);
    }
}
