package dev.qmp.media;

import dev.qmp.QmpClient;
import dev.qmp.qapi.command.QueryBlock;
import dev.qmp.qapi.type.BlockInfo;
import dev.qmp.task.TaskFailedException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Finds a removable drive by its device's id. */
final class Drives {

    private static final String PERIPHERAL = "/machine/peripheral/";

    private Drives() {}

    /** {@return the drive's state; fails with {@link TaskFailedException} in the name of a task if there is none} */
    static CompletableFuture<Tray> tray(QmpClient client, String drive, String taskName) {
        return client.execute(QueryBlock.command()).thenApply(drives -> find(drives, drive, taskName));
    }

    private static Tray find(List<BlockInfo> drives, String drive, String taskName) {
        for (BlockInfo info : drives) {
            if (info.removable() && isAt(info.qdev(), drive)) {
                return Tray.of(info);
            }
        }
        List<String> removable = drives.stream()
                .filter(BlockInfo::removable)
                .map(info -> info.qdev() == null ? info.device() : info.qdev())
                .toList();
        throw new TaskFailedException(
                taskName, "there is no removable drive with this id; the machine has " + removable, null);
    }

    /**
     * {@return whether QEMU's name is that of the drive} QEMU names a drive by its device's id, or by its QOM path,
     * which may lead into the device.
     */
    private static boolean isAt(@Nullable String qdev, String drive) {
        return qdev != null
                && (qdev.equals(drive) || qdev.equals(PERIPHERAL + drive) || qdev.startsWith(PERIPHERAL + drive + "/"));
    }
}
