package dev.qmp.autoconfigure;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A connection's own properties over the defaults of all; knows which of the two a value came from. */
final class LayeredProperties {

    private static final String DEFAULTS = "qmp.defaults.";

    private final String prefix;
    private final QmpConnectionProperties own;
    private final QmpConnectionProperties defaults;

    LayeredProperties(String name, QmpConnectionProperties own, QmpConnectionProperties defaults) {
        this.prefix = "qmp.connection." + name + ".";
        this.own = own;
        this.defaults = defaults;
    }

    /** {@return the connection's own properties} */
    QmpConnectionProperties own() {
        return own;
    }

    <T> @Nullable T get(Function<QmpConnectionProperties, @Nullable T> getter) {
        T value = getter.apply(own);
        return value != null ? value : getter.apply(defaults);
    }

    <T> T get(Function<QmpConnectionProperties, @Nullable T> getter, T fallback) {
        T value = get(getter);
        return value != null ? value : fallback;
    }

    /** {@return what to throw if a property cannot be used} It names the place where the value was set. */
    InvalidQmpPropertyException invalid(
            String key, Function<QmpConnectionProperties, ?> getter, String reason, String accepted) {
        Object value = getter.apply(own);
        if (value != null) {
            return new InvalidQmpPropertyException(prefix + key, value, reason, accepted);
        }
        Object fallback = getter.apply(defaults);
        String place = fallback == null ? prefix : DEFAULTS;
        return new InvalidQmpPropertyException(place + key, fallback, reason, accepted);
    }
}
