package dev.qmp.autoconfigure;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A connection's own properties over the defaults of all; knows which of the two a value came from. */
final class LayeredProperties {

    private final String prefix;
    private final QmpConnectionProperties own;
    private final QmpConnectionProperties defaults;

    LayeredProperties(String name, QmpConnectionProperties own, QmpConnectionProperties defaults) {
        this.prefix = "qmp.connection." + name + ".";
        this.own = own;
        this.defaults = defaults;
    }

    <T> @Nullable T get(Function<QmpConnectionProperties, @Nullable T> getter) {
        T value = getter.apply(own);
        return value != null ? value : getter.apply(defaults);
    }

    <T> T get(Function<QmpConnectionProperties, @Nullable T> getter, T fallback) {
        T value = get(getter);
        return value != null ? value : fallback;
    }

    InvalidQmpPropertyException invalid(String key, @Nullable Object value, String reason, String accepted) {
        return new InvalidQmpPropertyException(prefix + key, value, reason, accepted);
    }
}
