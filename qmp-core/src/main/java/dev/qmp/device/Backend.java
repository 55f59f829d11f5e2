package dev.qmp.device;

import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import java.io.Serializable;
import java.util.Objects;

/**
 * The host's side of a device: added before the device, removed after it.
 *
 * @param kind block node or netdev
 * @param name its node name or id
 */
public record Backend(Kind kind, String name) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** The kinds of backends. */
    public enum Kind {
        /** A block node, of {@code blockdev-add}. */
        BLOCK_NODE("block node", "blockdev-add", "blockdev-del", "node-name"),
        /** A network backend, of {@code netdev_add}. */
        NETDEV("netdev", "netdev_add", "netdev_del", "id");

        private final String title;
        private final String addition;
        private final String removal;
        private final String key;

        Kind(String title, String addition, String removal, String key) {
            this.title = title;
            this.addition = addition;
            this.removal = removal;
            this.key = key;
        }

        String addition() {
            return addition;
        }

        String key() {
            return key;
        }
    }

    /** Refuses null. */
    public Backend {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
    }

    QmpCommand removal() {
        return QmpCommand.of(kind.removal).withArgument(kind.key, name);
    }

    /** {@return kind and name, such as {@code block node disk0-node}} */
    @Override
    public String toString() {
        return kind.title + " " + Text.printable(name);
    }
}
