package dev.qmp.autoconfigure;

import org.jspecify.annotations.Nullable;

/** A property has a value that cannot be used. */
public class InvalidQmpPropertyException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String property;
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
                "Property " + property + (value == null ? "" : " is '" + value + "', which cannot be used") + ": "
                        + reason,
                cause);
        this.property = property;
        this.accepted = accepted;
    }

    /** {@return the full name of the property} */
    public String getProperty() {
        return property;
    }

    /** {@return what the property accepts} */
    public String getAccepted() {
        return accepted;
    }
}
