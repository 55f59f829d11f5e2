package dev.qmp;

import dev.qmp.error.Text;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The identity of the machine behind a monitor, as far as it has one ({@code query-uuid}, {@code query-name}).
 *
 * @param uuid the value of QEMU's option {@code -uuid}; null without the option
 * @param name the value of QEMU's option {@code -name}; null without the option
 */
public record MachineIdentity(@Nullable UUID uuid, @Nullable String name) {

    /** The identity of a machine without name and UUID, and of a server that is not a machine. */
    public static final MachineIdentity UNKNOWN = new MachineIdentity(null, null);

    /** {@return name and UUID, on one line} */
    @Override
    public String toString() {
        if (uuid == null && name == null) {
            return "an unnamed machine";
        }
        String text = name == null ? "machine" : "'" + Text.printable(name) + "'";
        return uuid == null ? text : text + " " + uuid;
    }
}
