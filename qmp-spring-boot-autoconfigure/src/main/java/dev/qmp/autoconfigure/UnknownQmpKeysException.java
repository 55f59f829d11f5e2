package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.origin.Origin;

/** The configuration has keys under {@code qmp} that do not exist. */
final class UnknownQmpKeysException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** Maximum length of a place or an advice, with room for a long path. */
    private static final int MAX_LENGTH = 2000;

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
     * @param origin its place, null if the source does not know it
     * @param advice the remedy
     */
    record UnknownKey(String key, @Nullable Origin origin, String advice) {

        /** {@return the key's name, on one line} */
        String name() {
            return printable(key);
        }

        /** {@return the key and where it is written, on one line} */
        String place() {
            return printable(origin == null ? key : key + " (" + origin + ")");
        }

        /** {@return the advice, on one line} */
        String printableAdvice() {
            return printable(advice);
        }

        private static String printable(String text) {
            return Text.printable(text, MAX_LENGTH);
        }

        @Override
        public String toString() {
            return "Property " + place() + " does not exist: " + printableAdvice();
        }
    }
}
