package dev.qmp.device;

import dev.qmp.QmpClient;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMatch;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.FailedByEventException;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.command.DeviceDel;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One unplug: the request, the guest's reaction, and the removal of the backends. */
final class Unplugging {

    /** ACPI's codes of an ejection request and of an ejection that the guest started itself. */
    private static final Object[] EJECTIONS = {3, 0x103};

    /** ACPI's codes of a failed ejection: failure, unknown, in use, in use by an application, locked, dependency. */
    private static final Object[] REFUSALS = {1, 2, 0x80, 0x81, 0x82, 0x83};

    private final QmpClient client;
    private final String id;
    private final List<Backend> backends;
    private final Duration limit;
    private final String name;
    private final TaskSource<@Nullable Void> source;

    Unplugging(QmpClient client, String id, List<Backend> backends, Duration limit) {
        this.client = client;
        this.id = id;
        this.backends = backends;
        this.limit = limit;
        this.name = "unplug of " + id;
        this.source = client.newTask("unplug", name, this::refuseCancellation);
    }

    private CompletableFuture<?> refuseCancellation() {
        return CompletableFuture.failedFuture(new TaskFailedException(
                "cancellation of the " + name, "QEMU cannot cancel the request to the guest", null));
    }

    Task<@Nullable Void> start() {
        source.progress(Progress.ofSteps(0, backends.size() + 1L, "device_del"));
        EventMatch gone = EventFilter.named("DEVICE_DELETED").with(id.startsWith("/") ? "path" : "device", id);
        EventMatch refused = EventFilter.named("ACPI_DEVICE_OST")
                .with("info.device", id)
                .withAny("info.source", EJECTIONS)
                .withAny("info.status", REFUSALS);
        client.start(Operation.of(DeviceDel.command(id), gone, limit).failedBy(refused))
                .result()
                .whenComplete((event, failure) -> {
                    if (failure == null) {
                        removeBackends();
                    } else {
                        failed(TaskSource.unwrap(failure));
                    }
                });
        return source.task();
    }

    private void failed(Throwable failure) {
        Throwable translated = translate(failure);
        if (translated instanceof UnplugPendingException) {
            failUnlessGone(translated);
        } else if (failure instanceof RejectedException rejected && Removal.isNotFound(rejected)) {
            removeBackendsOfGone(rejected);
        } else {
            source.fail(translated);
        }
    }

    /** QEMU sends no event with the device's id for the processors of some machine types. */
    private void failUnlessGone(Throwable pending) {
        if (id.startsWith("/")) {
            source.fail(pending);
            return;
        }
        Devices.of(client).isPlugged(id).whenComplete((plugged, unknown) -> {
            if (Boolean.FALSE.equals(plugged)) {
                removeBackends();
            } else {
                source.fail(pending);
            }
        });
    }

    /**
     * Removes the block nodes of a device that was released after an earlier request. Without any of them, there may
     * never have been such a device, so the rejection is the outcome. So it is for a netdev, because QEMU removes one
     * that another device uses.
     */
    private void removeBackendsOfGone(RejectedException rejected) {
        if (backends.stream().anyMatch(backend -> backend.kind() == Backend.Kind.NETDEV)) {
            source.fail(rejected);
            return;
        }
        Removal.of(client, backends).thenAccept(removal -> {
            if (!removal.leftovers().isEmpty()) {
                source.fail(removal.failure(name));
            } else if (removal.removed().isEmpty()) {
                source.fail(rejected);
            } else {
                succeed();
            }
        });
    }

    private void removeBackends() {
        source.progress(Progress.ofSteps(1, backends.size() + 1L, "removal of backends"));
        Removal.of(client, backends).thenAccept(removal -> {
            if (removal.leftovers().isEmpty()) {
                succeed();
            } else {
                source.fail(removal.failure(name));
            }
        });
    }

    private Throwable translate(Throwable failure) {
        if (failure instanceof FailedByEventException refused) {
            return new UnplugFailedException(name, refusal(refused.event()), refused.event(), List.of(), failure);
        }
        if (failure instanceof EventNotSeenException unseen) {
            return unseen.reason() == EventNotSeenException.Reason.TIMED_OUT
                    ? new UnplugPendingException(name, limit, failure)
                    : unknown("the session ended before the guest reacted", failure);
        }
        if (failure instanceof OutcomeUnknownException) {
            return unknown("the reply to device_del was not received", failure);
        }
        return failure;
    }

    private TaskOutcomeUnknownException unknown(String detail, Throwable cause) {
        return new TaskOutcomeUnknownException(name, detail, cause);
    }

    private static String refusal(QmpEvent event) {
        JsonNode status = event.data().path("info").path("status");
        JsonNode text = event.data().path("msg");
        return "the guest refused, by " + event.name()
                + (status.isNumber() ? " with the ACPI status " + status.asString() : "")
                + (text.isString() ? ": " + text.stringValue() : "");
    }

    @SuppressWarnings("NullAway") // null is the result of a task without one
    private void succeed() {
        source.complete(null);
    }
}
