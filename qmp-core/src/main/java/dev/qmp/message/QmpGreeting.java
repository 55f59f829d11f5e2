package dev.qmp.message;

import dev.qmp.error.Text;
import java.util.Objects;
import java.util.Set;

/**
 * The first message of a server: what it is and what it offers (QMP specification, section 2.2).
 *
 * @param version the server's version
 * @param capabilities what a client may enable; unknown ones are kept, and harmless
 */
public record QmpGreeting(QmpVersion version, Set<String> capabilities) implements QmpMessage {

    /** The capability by which commands may overtake others. */
    public static final String OUT_OF_BAND = "oob";

    /** Copies the capabilities, so that the greeting is immutable. */
    public QmpGreeting {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(capabilities, "capabilities");
        capabilities = Set.copyOf(capabilities);
    }

    /** {@return whether the server can run commands out of band} */
    public boolean offersOutOfBand() {
        return capabilities.contains(OUT_OF_BAND);
    }

    /** Names version and capabilities, escaped: both are the server's words. */
    @Override
    public String toString() {
        return "QmpGreeting[" + version + ", " + Text.printable(capabilities.toString()) + "]";
    }
}
