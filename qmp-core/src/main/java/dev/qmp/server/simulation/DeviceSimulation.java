package dev.qmp.server.simulation;

import dev.qmp.error.Text;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
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
 * <p>{@code qom-list} of {@code /machine/peripheral} lists the devices. {@link QmpServer#reset()} removes the handlers,
 * so create the simulation again then.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public final class DeviceSimulation {

    private static final String PERIPHERAL = "/machine/peripheral";

    /** The guest's reaction to a request to release a device. */
    public enum GuestReaction {
        /** Releases the device. The machine sends {@code DEVICE_DELETED}. */
        RELEASE,
        /** Refuses. The machine sends {@code DEVICE_UNPLUG_GUEST_ERROR}, and the device stays. */
        REFUSE,
        /** Does nothing. The request stays pending until {@link #release}. */
        IGNORE
    }

    private final QmpServer server;
    /** The model of each device, by the device's id. */
    private final Map<String, String> devices = new LinkedHashMap<>();

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

    /** {@return the ids of the present devices, in the order in which they were added} */
    public synchronized List<String> ids() {
        return List.copyOf(devices.keySet());
    }

    /** Adds a device without a command, as if the machine had it from its start. */
    public synchronized void plug(String id, String driver) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(driver, "driver");
        devices.put(id, driver);
    }

    /**
     * Makes the guest release a device, with or without a request before. The machine sends {@code DEVICE_DELETED}.
     *
     * @throws IllegalArgumentException if there is no device with this id
     */
    public synchronized void release(String id) {
        Objects.requireNonNull(id, "id");
        if (!devices.containsKey(id)) {
            throw new IllegalArgumentException("no device '" + Text.printable(id) + "'");
        }
        deleted(id);
    }

    private synchronized JsonNode add(JsonNode arguments) throws CommandRejection {
        JsonNode driver = required(arguments, "driver");
        JsonNode given = arguments.get("id");
        String id = given == null ? null : given.asString();
        if (id != null && devices.putIfAbsent(id, driver.asString()) != null) {
            throw new CommandRejection("Duplicate device ID '" + id + "'");
        }
        return QmpJson.object();
    }

    private synchronized JsonNode delete(JsonNode arguments) throws CommandRejection {
        String id = required(arguments, "id").asString();
        if (!devices.containsKey(id)) {
            throw new CommandRejection("DeviceNotFound", "Device '" + id + "' not found");
        }
        switch (reaction) {
            case RELEASE -> deleted(id);
            case REFUSE -> emit("DEVICE_UNPLUG_GUEST_ERROR", id);
            case IGNORE -> {}
        }
        return QmpJson.object();
    }

    private static JsonNode required(JsonNode arguments, String name) throws CommandRejection {
        JsonNode value = arguments.get(name);
        if (value == null) {
            throw new CommandRejection("Parameter '" + name + "' is missing");
        }
        return value;
    }

    private void deleted(String id) {
        devices.remove(id);
        emit("DEVICE_DELETED", id);
    }

    private void emit(String event, String id) {
        server.emit(QmpEvent.of(event, Map.of("device", id, "path", PERIPHERAL + "/" + id)));
    }

    private synchronized JsonNode list(JsonNode arguments) throws CommandRejection {
        String path = required(arguments, "path").asString();
        if (!path.equals(PERIPHERAL)) {
            throw new CommandRejection("DeviceNotFound", "Device '" + path + "' not found");
        }
        ArrayNode properties = QmpJson.object().arrayNode();
        properties.addObject().put("name", "type").put("type", "string");
        devices.forEach((id, driver) -> properties.addObject().put("name", id).put("type", "child<" + driver + ">"));
        return properties;
    }
}
