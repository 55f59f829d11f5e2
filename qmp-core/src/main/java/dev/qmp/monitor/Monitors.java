package dev.qmp.monitor;

import dev.qmp.QmpClient;
import dev.qmp.monitor.MonitorRefusedException.Reason;
import dev.qmp.qapi.command.ChardevRemove;
import dev.qmp.qapi.command.ObjectDel;
import dev.qmp.task.TaskSource;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Adds monitors to a running machine, and removes them. One monitor serves one client at a time, so a second program
 * needs a second monitor.
 *
 * <pre>{@code
 * SecondMonitor added = Monitors.of(vm).add("backup", Path.of("/run/vm1-backup.qmp")).get();
 * Monitors.of(vm).remove(added.id()).get();
 * }</pre>
 *
 * <p>QEMU 11.1 and later can do this. Older versions need a second monitor on the command line.
 *
 * <p>Immutable, and cheap to create. Thread safety: any thread may use it. Futures complete on the client's callback
 * executor.
 */
public final class Monitors {

    /** QEMU's rule for ids, which {@code chardev-add} itself does not check. */
    private static final Pattern ID = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");

    private final QmpClient vm;

    private Monitors(QmpClient vm) {
        this.vm = vm;
    }

    /** {@return the monitors of a machine} */
    public static Monitors of(QmpClient vm) {
        return new Monitors(Objects.requireNonNull(vm, "vm"));
    }

    /**
     * Adds a monitor that listens on a Unix socket. It lasts until it is removed or the machine ends, independently of
     * this client's session.
     *
     * <p>A program that reaches the socket has full control of the machine, and often of the host. The umask of QEMU
     * determines the socket's permissions.
     *
     * <p>First the method checks that the machine supports this, that the id is free, and that there is no file at the
     * path. If a later step fails, the steps before it are undone. If the undo fails too, its failure is suppressed in
     * the first one, and {@link #remove} can be called later.
     *
     * @param id the id of the monitor and of its character device: a letter, then letters, digits, {@code -}, {@code .}
     *     and {@code _}
     * @param socket the path, in a directory that exists on the machine's host; 107 bytes at most. A relative path
     *     becomes absolute. Only a file that this JVM can see is found
     * @return the monitor; fails with {@link MonitorRefusedException}, and as {@link QmpClient#execute}. Cancelling it
     *     undoes the steps so far
     * @throws IllegalArgumentException if the id does not follow the rule
     */
    public CompletableFuture<SecondMonitor> add(String id, Path socket) {
        requireId(id);
        Objects.requireNonNull(socket, "socket");
        return new Addition(vm, this, id, socket.toAbsolutePath()).begin();
    }

    /**
     * Removes a monitor with its character device. QEMU closes the connection of its client and removes the socket. If
     * neither exists, the call has no effect, so a removal may be repeated.
     *
     * @param id the id of {@link #add}
     * @return completes when both are removed; fails with {@link MonitorRefusedException} if the object with this id is
     *     not a monitor, and as {@link QmpClient#execute}. If it is the monitor of this client, it fails with {@link
     *     dev.qmp.error.RejectedException}
     * @throws IllegalArgumentException if the id does not follow the rule
     */
    public CompletableFuture<@Nullable Void> remove(String id) {
        requireId(id);
        return TaskSource.unwrapped(Presence.of(vm, id).thenCompose(presence -> remove(id, presence)), Runnable::run);
    }

    private CompletableFuture<@Nullable Void> remove(String id, Presence presence) {
        if (presence.hasOtherObject()) {
            return CompletableFuture.failedFuture(new MonitorRefusedException(
                    Reason.NO_MONITOR,
                    "the object " + id + " of " + vm.name() + " is no monitor, and was not removed"));
        }
        CompletableFuture<@Nullable Void> removed = presence.hasMonitor()
                ? vm.execute(ObjectDel.command(id))
                : CompletableFuture.<@Nullable Void>completedFuture(null);
        return presence.hasChardev() ? removed.thenCompose(none -> vm.execute(ChardevRemove.command(id))) : removed;
    }

    private static void requireId(String id) {
        Objects.requireNonNull(id, "id");
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("id must be a letter, then letters, digits, '-', '.' and '_'");
        }
    }
}
