package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.power.GuestStatus;
import dev.qmp.power.GuestStatusWatch;
import dev.qmp.qapi.type.RunState;
import org.jspecify.annotations.Nullable;

/**
 * The guest status of one machine, as health shows it: escaped and cut, and unknown also after a query that failed. A
 * health request reads it from memory and causes no query.
 */
record GuestStatusDetail(GuestStatusWatch watch) implements Watches.Watch<String> {

    static GuestStatusDetail of(QmpClient client) {
        return new GuestStatusDetail(GuestStatusWatch.open(client));
    }

    @Override
    public @Nullable String current() {
        GuestStatus known = watch.current();
        RunState status = known.failure() == null ? known.status() : null;
        return status == null ? null : status.toString();
    }

    @Override
    public void close() {
        watch.close();
    }
}
