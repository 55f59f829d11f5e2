package dev.qmp.autoconfigure.fleet;

import com.hazelcast.map.IMap;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.error.Text;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which instance holds which connection: one entry of a distributed map for each, written by atomic operations only. An
 * instance starts a client after it has written its id there, and writes that it has released the connection after the
 * session has ended. So a planned hand-over has an order. The entry of an instance that was lost is replaced. A
 * malformed entry counts as absent.
 */
final class Claims {

    private static final SafeLog LOGGER = SafeLog.of(Claims.class);

    private final MapView view;

    /**
     * The value of an entry.
     *
     * @param owner the instance that holds the connection; the last one that held it, if it was released
     * @param releasedAt when it was released; null if it is held
     */
    record Claim(String owner, @Nullable Instant releasedAt) {

        private static final String RELEASED = "released:";

        /** {@return the claim that a text describes; null if it is malformed} */
        static @Nullable Claim read(String text) {
            if (!text.startsWith(RELEASED)) {
                return new Claim(text, null);
            }
            String[] parts = text.split(":", 3);
            if (parts.length < 3) {
                return null;
            }
            try {
                return new Claim(parts[2], Instant.ofEpochMilli(Long.parseLong(parts[1])));
            } catch (NumberFormatException e) {
                return null;
            }
        }

        static String released(String owner, Instant at) {
            return RELEASED + at.toEpochMilli() + ":" + owner;
        }

        boolean isHeld() {
            return releasedAt == null;
        }
    }

    Claims(IMap<String, String> map, MapView.Listener listener) {
        this.view = new MapView(map, (connection, before, after) -> {
            if (after != null && Claim.read(after) == null) {
                LOGGER.warn("QMP fleet: the claim of '" + Text.printable(connection)
                        + "' is malformed and counts as absent; update all instances to one version");
            }
            listener.changed(connection, before, after);
        });
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

    /** {@return the claim as this instance knows it; null if there was none} */
    @Nullable
    Claim of(String connection) {
        String text = view.get(connection);
        return text == null ? null : Claim.read(text);
    }

    /** {@return the names of all connections with a claim} */
    Set<String> connections() {
        return view.all().keySet().stream().filter(name -> of(name) != null).collect(Collectors.toSet());
    }

    /**
     * {@return whether this instance holds the connection now} It takes one that no instance holds, or whose owner is
     * lost.
     *
     * @param lostOwner the owner that is lost; null if none is. Another instance may have taken its claim meanwhile
     */
    boolean take(String connection, String me, @Nullable String lostOwner) {
        long since = view.moment();
        String known = view.get(connection);
        String present;
        if (known == null) {
            present = view.map().putIfAbsent(connection, me);
            present = present == null ? me : present;
        } else if (mayReplace(Claim.read(known), lostOwner)) {
            present =
                    view.map().replace(connection, known, me) ? me : view.map().get(connection);
        } else {
            present = known;
        }
        view.take(connection, present, since);
        return me.equals(present);
    }

    private static boolean mayReplace(@Nullable Claim known, @Nullable String lostOwner) {
        return known == null || !known.isHeld() || known.owner().equals(lostOwner);
    }

    /** Writes that this instance has released a connection, unless another has taken it meanwhile. */
    void release(String connection, String me) {
        long since = view.moment();
        String released = Claim.released(me, Instant.now());
        if (view.map().replace(connection, me, released)) {
            view.take(connection, released, since);
        } else {
            view.take(connection, view.map().get(connection), since);
        }
    }

    /** Forgets a connection that exists no more, if this instance held it last. */
    void forget(String connection, String me) {
        String known = view.map().get(connection);
        Claim claim = known == null ? null : Claim.read(known);
        if (claim != null && claim.owner().equals(me)) {
            view.map().remove(connection, known);
        }
    }
}
