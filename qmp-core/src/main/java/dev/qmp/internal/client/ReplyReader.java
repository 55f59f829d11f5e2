package dev.qmp.internal.client;

import dev.qmp.message.QmpReply;
import org.jspecify.annotations.Nullable;

/**
 * Converts a server's reply into the caller's result. It runs where the caller's future completes.
 *
 * @param <T> the caller's result
 */
@FunctionalInterface
interface ReplyReader<T extends @Nullable Object> {

    T read(QmpReply reply);

    /** {@return whether an error of the server is a result for the caller, not an exception} */
    default boolean takesErrors() {
        return false;
    }
}
