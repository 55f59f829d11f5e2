package dev.qmp.server.simulation;

import dev.qmp.error.Text;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * Simulates {@code device_add} and {@code device_del} on a {@link QmpServer}, and the guest's reaction: it releases a
 * device at once, refuses, or ignores the request. The test sets the reaction by {@link #onUnplug}. Default: the guest
 * releases the device.
 *
 * <p>A request may be repeated, and the guest reacts again, as on QEMU 7.2 after the guest has started. Before the
 * {@code DEVICE_DELETED} of a virtio PCI device, there is one of its part {@code virtio-backend}, without an id.
 *
 * <p>An id may be any text, because QEMU 10.0 accepts any, although 7.2 and 11.1 do not. If the id is no text, the
 * device has none, as on QEMU.
 *
 * <p>{@code qom-list} of {@code /machine/peripheral} lists the devices, that of {@code /machine/peripheral-anon} those
 * without an id. {@link QmpServer#reset()} removes the handlers, so create the simulation again then.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public final class DeviceSimulation {

    private static final String PERIPHERAL = "/machine/peripheral";
    private static final String ANONYMOUS = "/machine/peripheral-anon";

    /** The guest's reaction to a request to release a device. */
    public enum GuestReaction {
        /** Releases the device. The machine sends {@code DEVICE_DELETED}. */
        RELEASE,
        /** Refuses. The machine sends {@code DEVICE_UNPLUG_GUEST_ERROR}, and the device stays. */
        REFUSE,
        /** Does nothing. The device stays until {@link #release}, or until a later request. */
        IGNORE
    }

    /** A present device. */
    private record Plugged(@Nullable String id, String folder, String name, String driver) {

        String path() {
            return folder + "/" + name;
        }

        boolean hasBackendPart() {
            return driver.startsWith("virtio-") && driver.contains("-pci");
        }
    }

    private final QmpServer server;
    /** The devices by their paths, in the order in which they were added. */
    private final Map<String, Plugged> devices = new LinkedHashMap<>();

    /** How many devices without an id were added. QEMU does not use their names again. */
    private int anonymous;

    private GuestReaction reaction = GuestReaction.RELEASE;

    private DeviceSimulation(QmpServer server) {
        this.server = server;
    }

    /** {@return a simulation whose commands the server handles from now on} */
    public static DeviceSimulation on(QmpServer server) {
        Objects.requireNonNull(server, "server");
        DeviceSimulation simulation = new DeviceSimulation(server);
        server.handle("device_add", command -> simulation.add(argumentsOf(command.arguments())));
        server.handle("device_del", command -> simulation.delete(argumentsOf(command.arguments())));
        server.handle("qom-list", command -> simulation.list(argumentsOf(command.arguments())));
        return simulation;
    }

    private static JsonNode argumentsOf(@Nullable JsonNode arguments) {
        return arguments == null ? QmpJson.object() : arguments;
    }

    /** Sets the guest's reaction to later requests. */
    public synchronized void onUnplug(GuestReaction guestReaction) {
        this.reaction = Objects.requireNonNull(guestReaction, "guestReaction");
    }

    /** {@return the ids of the present devices that have one, in the order in which they were added} */
    public synchronized List<String> ids() {
        List<String> ids = new ArrayList<>();
        for (Plugged device : devices.values()) {
            String id = device.id();
            if (id != null) {
                ids.add(id);
            }
        }
        return List.copyOf(ids);
    }

    /** Adds a device without a command, as if the machine had it from its start. */
    public synchronized void plug(String id, String driver) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(driver, "driver");
        put(new Plugged(id, PERIPHERAL, id, driver));
    }

    /**
     * Makes the guest release a device, with or without a request before. The machine sends {@code DEVICE_DELETED}.
     *
     * @param id the device's id, or its QOM path if it has none
     * @throws IllegalArgumentException if there is no such device
     */
    public synchronized void release(String id) {
        Objects.requireNonNull(id, "id");
        Plugged device = devices.get(pathOf(id));
        if (device == null) {
            throw new IllegalArgumentException("no device '" + Text.printable(id) + "'");
        }
        deleted(device);
    }

    private static String pathOf(String id) {
        return id.startsWith("/") ? id : PERIPHERAL + "/" + id;
    }

    private void put(Plugged device) {
        devices.put(device.path(), device);
    }

    private synchronized JsonNode add(JsonNode arguments) throws CommandRejection {
        String driver = Arguments.requiredText(arguments, "driver");
        JsonNode given = arguments.get("id");
        if (given == null || !given.isString()) {
            put(new Plugged(null, ANONYMOUS, "device[" + anonymous++ + "]", driver));
            return QmpJson.object();
        }
        String id = given.stringValue();
        if (devices.containsKey(PERIPHERAL + "/" + id)) {
            throw new CommandRejection("Duplicate device ID '" + id + "'");
        }
        put(new Plugged(id, PERIPHERAL, id, driver));
        return QmpJson.object();
    }

    private synchronized JsonNode delete(JsonNode arguments) throws CommandRejection {
        String id = Arguments.requiredText(arguments, "id");
        Plugged device = devices.get(pathOf(id));
        if (device == null) {
            throw new CommandRejection("DeviceNotFound", "Device '" + id + "' not found");
        }
        switch (reaction) {
            case RELEASE -> deleted(device);
            case REFUSE -> emit("DEVICE_UNPLUG_GUEST_ERROR", device);
            case IGNORE -> {}
        }
        return QmpJson.object();
    }

    private void deleted(Plugged device) {
        devices.remove(device.path());
        if (device.hasBackendPart()) {
            server.emit(QmpEvent.of("DEVICE_DELETED", Map.of("path", device.path() + "/virtio-backend")));
        }
        emit("DEVICE_DELETED", device);
    }

    private void emit(String event, Plugged device) {
        String id = device.id();
        server.emit(QmpEvent.of(
                event, id == null ? Map.of("path", device.path()) : Map.of("device", id, "path", device.path())));
    }

    private synchronized JsonNode list(JsonNode arguments) throws CommandRejection {
        String path = Arguments.requiredText(arguments, "path");
        if (!path.equals(PERIPHERAL) && !path.equals(ANONYMOUS)) {
            throw new CommandRejection("DeviceNotFound", "Device '" + path + "' not found");
        }
        ArrayNode properties = QmpJson.object().arrayNode();
        properties.addObject().put("name", "type").put("type", "string");
        for (Plugged device : devices.values()) {
            if (device.folder().equals(path)) {
                properties.addObject().put("name", device.name()).put("type", "child<" + device.driver() + ">");
            }
        }
        return properties;
    }
}
