package dev.qmp.qapi;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.qmp.error.Text;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A value of an enumeration that can grow: QEMU adds values, and some machines are newer than this library.
 *
 * <p>Each type has constants for the values of the known versions, and {@code of(String)} for all others. Known values
 * exist once, so they can be compared by {@code ==}. All values can be compared by {@link #equals}, and used in a
 * {@code switch} by {@link #value()}.
 */
public abstract class QapiEnum {

    private final String value;
    private final boolean known;

    /** Creates a value. */
    protected QapiEnum(String value, boolean known) {
        this.value = Objects.requireNonNull(value, "value");
        this.known = known;
    }

    /** {@return the known value of this spelling; null if there is none} */
    protected static <E extends QapiEnum> @Nullable E find(List<E> values, String value) {
        for (E each : values) {
            if (each.value().equals(value)) {
                return each;
            }
        }
        return null;
    }

    /** {@return the value in QMP's spelling, such as {@code finish-migrate}} */
    @JsonValue
    public final String value() {
        return value;
    }

    /** {@return whether the value has a constant, because one of the known versions has it} */
    public final boolean isKnown() {
        return known;
    }

    /** Values of different types are different, even if they are spelled alike. */
    @Override
    @SuppressWarnings("EqualsGetClass") // the types are siblings, and final
    public final boolean equals(@Nullable Object other) {
        return other != null && other.getClass() == getClass() && value.equals(((QapiEnum) other).value);
    }

    @Override
    public final int hashCode() {
        return value.hashCode();
    }

    /** {@return the value in QMP's spelling; an unknown one is escaped and cut} */
    @Override
    public final String toString() {
        return Text.printable(value);
    }
}
