package dev.qmp.device;

import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A device in the form of {@code device_add}, with the backends that are added and removed with it. Immutable.
 *
 * <pre>{@code
 * Device disk = Device.of("virtio-blk-pci", "disk0")
 *         .withDisk(Map.of("driver", "file", "node-name", "disk0-node", "filename", "/images/disk0.raw"))
 *         .with("serial", "D-0001");
 * Device card = Device.of("virtio-net-pci", "net0").withNetwork(Map.of("type", "user", "id", "net0-host"));
 * }</pre>
 */
public final class Device {

    private final String id;
    private final ObjectNode properties;
    private final List<Addition> additions;

    /** A backend and the arguments that add it. */
    record Addition(Backend backend, ObjectNode arguments) {

        QmpCommand command() {
            return QmpCommand.of(backend.kind().addition(), arguments);
        }
    }

    private Device(String id, ObjectNode properties, List<Addition> additions) {
        this.id = id;
        this.properties = properties;
        this.additions = additions;
    }

    /**
     * {@return a device without backends}
     *
     * @param driver QEMU's name of the model, such as {@code virtio-blk-pci}
     * @param id the id of the device, by which events name it
     * @throws IllegalArgumentException if one of them is blank
     */
    public static Device of(String driver, String id) {
        requireText(driver, "driver");
        requireText(id, "id");
        return new Device(id, QmpJson.object().put("driver", driver).put("id", id), List.of());
    }

    /**
     * {@return this device with a property, such as {@code bus} or {@code mac}}
     *
     * @param value a string, number or boolean, or any value that {@link QmpJson#toTree} converts
     * @throws IllegalArgumentException if the name is blank, {@code driver} or {@code id}, or the value cannot be
     *     converted
     */
    public Device with(String name, Object value) {
        requireText(name, "name");
        Objects.requireNonNull(value, "value");
        if (name.equals("driver") || name.equals("id")) {
            throw new IllegalArgumentException("'" + name + "' is set by Device.of");
        }
        return with(name, QmpJson.toTree(value), additions);
    }

    private Device with(String name, JsonNode value, List<Addition> additions) {
        ObjectNode more = properties.deepCopy();
        more.set(name, value);
        return new Device(id, more, additions);
    }

    /**
     * {@return this device with a block node as its medium: the property {@code drive}}
     *
     * @param blockdev the arguments of {@code blockdev-add}; a map, a {@link JsonNode} or a typed value. Inner nodes
     *     without a name of their own are added and removed with it
     * @throws IllegalArgumentException if it is not an object with a {@code node-name}, or is added twice
     */
    public Device withDisk(Object blockdev) {
        Addition node = addition(Backend.Kind.BLOCK_NODE, Objects.requireNonNull(blockdev, "blockdev"));
        return with("drive", QmpJson.toTree(node.backend().name()), plus(node));
    }

    /**
     * {@return this device with a block node that a later {@link #withDisk} refers to by name}
     *
     * @param blockdev in the form of {@link #withDisk}
     * @throws IllegalArgumentException if it is not an object with a {@code node-name}, or is added twice
     */
    public Device withBlockNode(Object blockdev) {
        Addition node = addition(Backend.Kind.BLOCK_NODE, Objects.requireNonNull(blockdev, "blockdev"));
        return new Device(id, properties, plus(node));
    }

    /**
     * {@return this device with a network backend: the property {@code netdev}}
     *
     * @param netdev the arguments of {@code netdev_add}; a map, a {@link JsonNode} or a typed value
     * @throws IllegalArgumentException if it is not an object with an {@code id}, or is added twice
     */
    public Device withNetwork(Object netdev) {
        Addition backend = addition(Backend.Kind.NETDEV, Objects.requireNonNull(netdev, "netdev"));
        return with("netdev", QmpJson.toTree(backend.backend().name()), plus(backend));
    }

    private static Addition addition(Backend.Kind kind, Object arguments) {
        JsonNode tree = QmpJson.toTree(arguments);
        if (!(tree instanceof ObjectNode object)
                || !object.path(kind.key()).isString()
                || object.path(kind.key()).stringValue().isBlank()) {
            throw new IllegalArgumentException(
                    "the arguments of " + kind.addition() + " must be an object with a '" + kind.key() + "'");
        }
        return new Addition(new Backend(kind, object.path(kind.key()).stringValue()), object.deepCopy());
    }

    private List<Addition> plus(Addition addition) {
        if (backends().contains(addition.backend())) {
            throw new IllegalArgumentException(addition.backend() + " is added twice");
        }
        List<Addition> more = new ArrayList<>(additions);
        more.add(addition);
        return List.copyOf(more);
    }

    private static void requireText(String value, String name) {
        Objects.requireNonNull(value, name);
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank");
        }
    }

    /** {@return the device's id} */
    public String id() {
        return id;
    }

    /** {@return its backends, in the order in which they are added} */
    public List<Backend> backends() {
        return additions.stream().map(Addition::backend).toList();
    }

    List<Addition> additions() {
        return additions;
    }

    QmpCommand command() {
        return QmpCommand.of("device_add", properties.deepCopy());
    }

    /** {@return the id and the backends, never values} */
    @Override
    public String toString() {
        return "Device[" + Text.printable(id) + (additions.isEmpty() ? "" : ", " + backends()) + "]";
    }
}
