package dev.qmp.autoconfigure;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A property has a value that cannot be used. */
public class InvalidQmpPropertyException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String property;
    private final @Nullable String value;
    private final String reason;
    private final String accepted;

    /**
     * Creates the exception.
     *
     * @param property the full name of the property
     * @param value its value, null if it has none
     * @param reason why that cannot be used
     * @param accepted what the property accepts
     */
    public InvalidQmpPropertyException(String property, @Nullable Object value, String reason, String accepted) {
        this(property, value, reason, accepted, null);
    }

    InvalidQmpPropertyException(
            String property, @Nullable Object value, String reason, String accepted, @Nullable Throwable cause) {
        super(
                "Property " + property + (value == null ? "" : " is '" + printed(value) + "', which cannot be used")
                        + ": " + reason,
                cause);
        this.property = property;
        this.value = value == null ? null : printed(value);
        this.reason = reason;
        this.accepted = accepted;
    }

    /** {@return the full name of the property} */
    public String getProperty() {
        return property;
    }

    /** A duration is printed as the configuration writes it. */
    private static String printed(Object value) {
        if (!(value instanceof Duration duration)) {
            return value.toString();
        }
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    /** {@return the property's value, null if it has none} */
    public @Nullable String getValue() {
        return value;
    }

    /** {@return why the value cannot be used} */
    public String getReason() {
        return reason;
    }

    /** {@return what the property accepts} */
    public String getAccepted() {
        return accepted;
    }
}
