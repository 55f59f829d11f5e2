package dev.qmp.message;

import dev.qmp.error.Text;
import java.util.Objects;
import java.util.Set;

/**
 * The first message of a server: its version and its capabilities (QMP specification, section 2.2).
 *
 * @param version the server's version
 * @param capabilities the capabilities that a client may enable; unknown ones are kept
 */
public record QmpGreeting(QmpVersion version, Set<String> capabilities) implements QmpMessage {

    /** The capability of out-of-band execution. */
    public static final String OUT_OF_BAND = "oob";

    /** Copies the capabilities, so that the greeting is immutable. */
    public QmpGreeting {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(capabilities, "capabilities");
        capabilities = Set.copyOf(capabilities);
    }

    /** {@return whether the server can execute commands out of band} */
    public boolean offersOutOfBand() {
        return capabilities.contains(OUT_OF_BAND);
    }

    /** {@return version and capabilities, escaped, because both are text of the server} */
    @Override
    public String toString() {
        return "QmpGreeting[" + version + ", " + Text.printable(capabilities.toString()) + "]";
    }
}
