package dev.qmp.monitor;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.Text;
import dev.qmp.monitor.MonitorRefusedException.Reason;
import dev.qmp.protocol.Endpoint;
import dev.qmp.qapi.command.ChardevAdd;
import dev.qmp.qapi.command.ObjectAdd;
import dev.qmp.qapi.type.ChardevBackend;
import dev.qmp.qapi.type.ChardevSocket;
import dev.qmp.qapi.type.ObjectOptions;
import dev.qmp.qapi.type.SocketAddressLegacy;
import dev.qmp.qapi.type.UnixSocketAddress;
import dev.qmp.schema.QmpSchema;
import dev.qmp.task.TaskSource;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The addition of one monitor: checks, two commands, and their undoing. */
final class Addition {

    private final QmpClient vm;
    private final Monitors monitors;
    private final String id;
    private final Path socket;
    private final CompletableFuture<SecondMonitor> result = new CompletableFuture<>();

    Addition(QmpClient vm, Monitors monitors, String id, Path socket) {
        this.vm = vm;
        this.monitors = monitors;
        this.id = id;
        this.socket = socket;
    }

    CompletableFuture<SecondMonitor> begin() {
        vm.schema()
                .thenAccept(this::requireSupport)
                .thenCompose(none -> Presence.of(vm, id))
                .thenAccept(this::requireFree)
                .whenComplete((none, failure) -> {
                    if (failure != null) {
                        result.completeExceptionally(TaskSource.unwrap(failure));
                    } else if (!result.isDone()) {
                        addChardev();
                    }
                });
        return result;
    }

    private void requireSupport(QmpSchema schema) {
        if (!schema.knowsValue("object-add", "qom-type", "monitor-qmp")) {
            throw new MonitorRefusedException(
                    Reason.UNSUPPORTED,
                    vm.name() + " cannot add a monitor while it runs: that needs QEMU 11.1 or later."
                            + " Start it with a second monitor on its command line (-chardev socket,… -mon …)");
        }
    }

    private void requireFree(Presence presence) {
        if (!presence.isFree()) {
            throw new MonitorRefusedException(
                    Reason.ID_TAKEN,
                    vm.name() + " has a character device or an object with the id " + id + "; choose another one");
        }
        if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            throw new MonitorRefusedException(
                    Reason.PATH_EXISTS,
                    "there is a file at " + Text.printableSentence(socket.toString())
                            + ", and QEMU would replace it; remove it, or choose another path");
        }
    }

    private void addChardev() {
        SocketAddressLegacy address = SocketAddressLegacy.Unix.of(UnixSocketAddress.of(socket.toString()));
        ChardevSocket options = ChardevSocket.of(address).withServer(true).withWait(false);
        vm.execute(ChardevAdd.command(id, ChardevBackend.Socket.of(options))).whenComplete((added, failure) -> {
            if (failure instanceof NotSentException || failure instanceof RejectedException) {
                result.completeExceptionally(failure);
            } else if (failure != null || result.isDone()) {
                undo(failure);
            } else {
                addMonitor();
            }
        });
    }

    private void addMonitor() {
        vm.execute(ObjectAdd.command(ObjectOptions.MonitorQmp.of(id, id))).whenComplete((none, failure) -> {
            if (failure != null) {
                undo(failure);
            } else if (!result.complete(new SecondMonitor(id, Endpoint.unix(socket)))) {
                undo(null);
            }
        });
    }

    /** Removes the additions, because the id was free before. Without a failure, the caller has cancelled. */
    private void undo(@Nullable Throwable failure) {
        Throwable outcome = failure == null ? new CancellationException("cancelled") : failure;
        monitors.remove(id).whenComplete((none, problem) -> {
            if (problem != null) {
                outcome.addSuppressed(problem);
            }
            result.completeExceptionally(outcome);
        });
    }
}
