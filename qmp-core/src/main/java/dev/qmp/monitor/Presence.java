package dev.qmp.monitor;

import dev.qmp.QmpClient;
import dev.qmp.qapi.command.QomList;
import dev.qmp.qapi.command.QueryChardev;
import dev.qmp.qapi.type.ObjectPropertyInfo;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What a machine has under one id.
 *
 * @param hasChardev a character device
 * @param hasMonitor an object that is a monitor
 * @param hasOtherObject an object that is none
 */
record Presence(boolean hasChardev, boolean hasMonitor, boolean hasOtherObject) {

    private static final String MONITOR = "child<monitor-qmp>";

    /** Objects come as children of their container: names and types, so that no text of an error has to be read. */
    static CompletableFuture<Presence> of(QmpClient vm, String id) {
        return vm.execute(QomList.command("/objects"))
                .thenCombine(vm.execute(QueryChardev.command()), (objects, chardevs) -> {
                    boolean chardev =
                            chardevs.stream().anyMatch(info -> info.label().equals(id));
                    Optional<ObjectPropertyInfo> object = objects.stream()
                            .filter(info -> info.name().equals(id))
                            .findFirst();
                    boolean monitor =
                            object.filter(info -> info.type().equals(MONITOR)).isPresent();
                    return new Presence(chardev, monitor, object.isPresent() && !monitor);
                });
    }

    boolean isFree() {
        return !hasChardev && !hasMonitor && !hasOtherObject;
    }
}
