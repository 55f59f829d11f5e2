package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A property has a value that cannot be used. All texts are escaped and cut, because they quote the configuration. */
public class InvalidQmpPropertyException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String property;
    private final @Nullable String value;
    private final String reason;
    private final String accepted;
    private final @Nullable String remedy;

    /**
     * Creates the exception.
     *
     * @param property the full name of the property
     * @param value its value, null if it has none
     * @param reason why that cannot be used
     * @param accepted what the property accepts
     */
    public InvalidQmpPropertyException(String property, @Nullable Object value, String reason, String accepted) {
        this(property, value, reason, accepted, null, null);
    }

    private InvalidQmpPropertyException(
            String property,
            @Nullable Object value,
            String reason,
            String accepted,
            @Nullable String remedy,
            @Nullable Throwable cause) {
        super(
                "Property " + Text.printable(property)
                        + (value == null ? "" : " is '" + printed(value) + "', which cannot be used") + ": "
                        + Text.printableSentence(reason),
                cause);
        this.property = Text.printable(property);
        this.value = value == null ? null : printed(value);
        this.reason = Text.printableSentence(reason);
        this.accepted = Text.printableSentence(accepted);
        this.remedy = remedy == null ? null : Text.printableSentence(remedy);
    }

    /** {@return a copy that states what to do instead of setting another value} */
    InvalidQmpPropertyException withRemedy(String newRemedy, @Nullable Throwable newCause) {
        return new InvalidQmpPropertyException(property, value, reason, accepted, newRemedy, newCause);
    }

    /** {@return the full name of the property, escaped} */
    public String getProperty() {
        return property;
    }

    /** A duration is printed as the configuration writes it. */
    private static String printed(Object value) {
        if (!(value instanceof Duration duration)) {
            return Text.printableSentence(value.toString());
        }
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    /** {@return the property's value, escaped; null if it has none} */
    public @Nullable String getValue() {
        return value;
    }

    /** {@return the reason why the value cannot be used} */
    public String getReason() {
        return reason;
    }

    /** {@return what to do instead of another value; null if another value is needed} */
    @Nullable
    String getRemedy() {
        return remedy;
    }

    /** {@return what the property accepts} */
    public String getAccepted() {
        return accepted;
    }
}
