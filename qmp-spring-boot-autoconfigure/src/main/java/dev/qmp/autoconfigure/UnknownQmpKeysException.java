package dev.qmp.autoconfigure;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.origin.Origin;

/** The configuration has keys under {@code qmp} that do not exist. */
final class UnknownQmpKeysException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final transient List<UnknownKey> keys;

    UnknownQmpKeysException(List<UnknownKey> keys) {
        super(keys.stream().map(UnknownKey::toString).collect(Collectors.joining("; ")));
        this.keys = List.copyOf(keys);
    }

    /** {@return the keys, in the order of their sources} */
    List<UnknownKey> keys() {
        return keys;
    }

    /**
     * A key that does not exist.
     *
     * @param key the full name, as written
     * @param origin where it is written, null if the source does not tell
     * @param advice what to write instead
     */
    record UnknownKey(String key, @Nullable Origin origin, String advice) {

        /** {@return the key and where it is written} */
        String place() {
            return origin == null ? key : key + " (" + origin + ")";
        }

        @Override
        public String toString() {
            return "Property " + place() + " does not exist: " + advice;
        }
    }
}
