package dev.qmp.agent;

import dev.qmp.QmpClient;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The handle of an open file, which all objects for that file share.
 *
 * <p>QEMU's agent never uses a number again, and notes the last one in a file. A reboot of a Linux guest deletes that
 * file, although the client's session goes on. So if an open returns the number of a handle that is still open here,
 * the older one is lost.
 */
final class FileHandle {

    /** The handles that are open here, by client and number. */
    private static final Map<QmpClient, Map<Long, WeakReference<FileHandle>>> OPEN =
            Collections.synchronizedMap(new WeakHashMap<>());

    private final Map<Long, WeakReference<FileHandle>> open;
    private final long number;
    private volatile boolean lost;

    private FileHandle(QmpClient client, long number) {
        this.open = OPEN.computeIfAbsent(client, key -> new ConcurrentHashMap<>());
        this.number = number;
    }

    /** {@return a handle that an open has returned, and the older one with its number, which is lost} */
    static Opened opened(QmpClient client, long number) {
        FileHandle handle = new FileHandle(client, number);
        WeakReference<FileHandle> before = handle.open.put(number, new WeakReference<>(handle));
        FileHandle older = before == null ? null : before.get();
        if (older != null) {
            older.lost = true;
        }
        handle.open.values().removeIf(kept -> kept.get() == null); // of files that were never closed
        return new Opened(handle, older);
    }

    /** {@return the open handle with a number, or a new one if it was not opened here} */
    static FileHandle known(QmpClient client, long number) {
        FileHandle fresh = new FileHandle(client, number);
        WeakReference<FileHandle> kept = fresh.open.compute(
                number, (key, other) -> other == null || other.get() == null ? new WeakReference<>(fresh) : other);
        FileHandle handle = kept.get();
        return handle == null ? fresh : handle;
    }

    /** Notes that the agent has closed it. So an agent may use the number again. */
    void closed() {
        open.computeIfPresent(number, (key, kept) -> kept.get() == this ? null : kept);
    }

    long number() {
        return number;
    }

    /** {@return whether the agent has given the number to another file} */
    boolean isLost() {
        return lost;
    }

    /**
     * A handle that an open has returned.
     *
     * @param handle the handle
     * @param older the one that is lost; null if the number was new
     */
    record Opened(FileHandle handle, @Nullable FileHandle older) {}
}
