package dev.qmp.device;

import dev.qmp.QmpClient;
import dev.qmp.error.Checks;
import dev.qmp.message.QmpCommand;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Plugs devices into one running machine, and unplugs them.
 *
 * <pre>{@code
 * Devices devices = Devices.of(client);
 * devices.plug(disk).await(Duration.ofSeconds(10));
 * devices.unplug(disk, Duration.ofSeconds(30)).await(Duration.ofMinutes(1));
 * }</pre>
 *
 * <p>Every method needs a session ({@code RUNNING}) and returns at once. The outcome of each task:
 *
 * <table>
 * <caption>Failures</caption>
 * <tr><th>what happened</th><th>exception</th></tr>
 * <tr><td>not plugged; undone, or with what remains</td><td>{@link PlugFailedException}</td></tr>
 * <tr><td>the unplug request was certainly not executed</td>
 *     <td>{@link dev.qmp.error.RejectedException}, {@link dev.qmp.error.NotSentException}</td></tr>
 * <tr><td>the guest refused, or only backends remain</td><td>{@link UnplugFailedException}</td></tr>
 * <tr><td>the guest ignored the request</td><td>{@link UnplugPendingException}</td></tr>
 * <tr><td>a reply or the session was lost</td><td>{@link dev.qmp.task.TaskOutcomeUnknownException}</td></tr>
 * </table>
 *
 * <p>Thread safety: immutable; any thread may use it.
 */
public final class Devices {

    private final QmpClient client;

    private Devices(QmpClient client) {
        this.client = client;
    }

    /** {@return the devices of a client's machine} */
    public static Devices of(QmpClient client) {
        return new Devices(Objects.requireNonNull(client, "client"));
    }

    /**
     * Adds the backends, then the device.
     *
     * <p>If a command is rejected or not sent, the backends added so far are removed in the reverse order. If a reply
     * is lost, nothing is undone, because the device may be present.
     *
     * @return the task; its progress counts commands. {@link Task#cancel()} undoes the additions if {@code device_add}
     *     was not sent yet, and has no effect otherwise
     */
    public Task<@Nullable Void> plug(Device device) {
        return new Plugging(client, Objects.requireNonNull(device, "device")).start();
    }

    /**
     * Requests the guest to release a device, and waits for the device's own {@code DEVICE_DELETED}. Backends remain.
     *
     * @param id the device's id, or its QOM path if it has none
     * @param limit how long the guest may take, from the call on; positive
     * @return the task; {@link Task#cancel()} fails, because QEMU cannot cancel the request
     * @throws IllegalArgumentException if the id is blank or the limit is not positive
     */
    public Task<@Nullable Void> unplug(String id, Duration limit) {
        return new Unplugging(client, requireId(id), List.of(), Checks.positive("limit", limit)).start();
    }

    /**
     * Requests the guest to release a device, waits for the device's own {@code DEVICE_DELETED}, and removes its
     * backends. If the device was released after an earlier request, QEMU rejects this one, and only block nodes are
     * removed: {@link #removeBackends} removes its netdev.
     *
     * @param device the device as it was plugged; only its id and backends count
     * @param limit how long the guest may take, from the call on; positive. The removal of the backends has the time
     *     limits of commands
     * @return the task; {@link Task#cancel()} fails, because QEMU cannot cancel the request
     * @throws IllegalArgumentException if the limit is not positive
     */
    public Task<@Nullable Void> unplug(Device device, Duration limit) {
        Objects.requireNonNull(device, "device");
        return new Unplugging(client, device.id(), device.backends(), Checks.positive("limit", limit)).start();
    }

    /**
     * Removes the backends of a device that is gone, in the reverse order of their addition. Use it for a device that
     * was released after {@link UnplugPendingException}.
     *
     * @return completes when all are removed; fails with {@link UnplugFailedException} and its {@code leftovers()}
     */
    public CompletableFuture<@Nullable Void> removeBackends(Device device) {
        Objects.requireNonNull(device, "device");
        return TaskSource.unwrapped(
                Removal.of(client, device.backends())
                        .thenAccept(removal -> removal.requireComplete("removal of the backends of " + device.id())),
                Runnable::run);
    }

    /**
     * {@return whether the machine has a device with this id now}
     *
     * <p>Use it after a lost session, and after {@link UnplugPendingException}. The future fails as {@link
     * QmpClient#execute(QmpCommand)}.
     *
     * @param id the id from {@code device_add} or the command line
     * @throws IllegalArgumentException if the id is blank
     */
    public CompletableFuture<Boolean> isPlugged(String id) {
        requireId(id);
        return TaskSource.unwrapped(
                client.execute(QmpCommand.of("qom-list").withArgument("path", "/machine/peripheral"))
                        .thenApply(children -> contains(children, id)),
                Runnable::run);
    }

    private static boolean contains(JsonNode children, String id) {
        for (JsonNode child : children) {
            if (child.path("name").asString("").equals(id)) {
                return child.path("type").asString("").startsWith("child<");
            }
        }
        return false;
    }

    private static String requireId(String id) {
        Objects.requireNonNull(id, "id");
        if (id.isBlank()) {
            throw new IllegalArgumentException("id must not be blank");
        }
        return id;
    }

    /** {@return the connection's name} */
    @Override
    public String toString() {
        return "Devices[" + client.name() + "]";
    }
}
