package dev.qmp.autoconfigure;

import dev.qmp.message.InternalApi;
import dev.qmp.message.QmpEvent;
import java.util.Map;

/**
 * The names under which the events of a connection are counted. The counters stay until the connection is removed, so
 * their number and the length of their names are limited: a machine may send arbitrary names.
 */
@InternalApi
public final class CountedEvents {

    private static final int MAX_NAMES = 200;
    /** Twice the length of the names of QEMU. */
    private static final int MAX_LENGTH = 64;

    private static final String OTHER = "other";

    private CountedEvents() {}

    /**
     * {@return the name under which an event is counted} It is {@code other} for all names after the first 200, and for
     * a name that is longer than 64 characters, or contains characters that names of QAPI do not have.
     *
     * @param counters the present counters of the connection by name
     */
    public static String nameOf(QmpEvent event, Map<String, ?> counters) {
        String name = event.name();
        return counters.containsKey(name) || (counters.size() < MAX_NAMES && isUsual(name)) ? name : OTHER;
    }

    private static boolean isUsual(String name) {
        return !name.isEmpty() && name.length() <= MAX_LENGTH && name.chars().allMatch(CountedEvents::isUsual);
    }

    private static boolean isUsual(int character) {
        return (character >= 'A' && character <= 'Z')
                || (character >= 'a' && character <= 'z')
                || (character >= '0' && character <= '9')
                || character == '_'
                || character == '.'
                || character == '-';
    }
}
