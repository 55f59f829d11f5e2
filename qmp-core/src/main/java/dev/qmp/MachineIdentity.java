package dev.qmp;

import dev.qmp.error.Text;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which machine a monitor belongs to, as far as it was given an identity ({@code query-uuid}, {@code query-name}).
 *
 * @param uuid what QEMU was started with as {@code -uuid}, null if without
 * @param name what QEMU was started with as {@code -name}, null if without
 */
public record MachineIdentity(@Nullable UUID uuid, @Nullable String name) {

    /** What a machine without name and UUID says of itself, and a server that is no machine. */
    public static final MachineIdentity UNKNOWN = new MachineIdentity(null, null);

    /** Says name and UUID, on one line. */
    @Override
    public String toString() {
        if (uuid == null && name == null) {
            return "an unnamed machine";
        }
        String text = name == null ? "machine" : "'" + Text.printable(name) + "'";
        return uuid == null ? text : text + " " + uuid;
    }
}
