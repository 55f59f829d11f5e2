package dev.qmp.monitor;

import dev.qmp.QmpClient;
import dev.qmp.qapi.command.QomList;
import dev.qmp.qapi.command.QueryChardev;
import dev.qmp.qapi.type.ObjectPropertyInfo;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The objects that a machine has with one id.
 *
 * @param hasChardev whether there is a character device
 * @param hasMonitor whether there is an object that is a monitor
 * @param hasOtherObject whether there is another object
 */
record Presence(boolean hasChardev, boolean hasMonitor, boolean hasOtherObject) {

    private static final String MONITOR = "child<monitor-qmp>";

    /** Queries objects as children of their container, with names and types, so that no error text has to be parsed. */
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
