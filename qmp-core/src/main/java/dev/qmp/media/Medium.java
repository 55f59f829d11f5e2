package dev.qmp.media;

import dev.qmp.qapi.command.BlockdevChangeMedium;
import dev.qmp.qapi.type.BlockdevChangeReadOnlyMode;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An image that a drive can hold.
 *
 * @param file its path or URL on the machine's host
 * @param format its format, such as {@code raw}; null lets QEMU probe, which is unsafe for images that a guest has
 *     written
 * @param readOnly whether the drive becomes read-only; null keeps the drive's mode
 */
public record Medium(String file, @Nullable String format, @Nullable Boolean readOnly) {

    /** Refuses blank texts. */
    public Medium {
        Objects.requireNonNull(file, "file");
        if (file.isBlank()) {
            throw new IllegalArgumentException("file must not be blank");
        }
        if (format != null && format.isBlank()) {
            throw new IllegalArgumentException("format must not be blank");
        }
    }

    /** {@return a raw image, such as an ISO, in the mode of the drive} */
    public static Medium raw(String file) {
        return new Medium(file, "raw", null);
    }

    /** {@return an image of the given format, in the mode of the drive} */
    public static Medium of(String file, String format) {
        return new Medium(file, Objects.requireNonNull(format, "format"), null);
    }

    /** {@return this medium, for a drive that becomes read-only or writable} */
    public Medium withReadOnly(boolean readOnly) {
        return new Medium(file, format, readOnly);
    }

    BlockdevChangeMedium change(String drive) {
        BlockdevChangeMedium change = BlockdevChangeMedium.command(file).withId(drive);
        if (format != null) {
            change = change.withFormat(format);
        }
        return readOnly == null
                ? change
                : change.withReadOnlyMode(
                        readOnly ? BlockdevChangeReadOnlyMode.READ_ONLY : BlockdevChangeReadOnlyMode.READ_WRITE);
    }

    /** {@return the format only, because the path of the file may be confidential} */
    @Override
    public String toString() {
        return "Medium[" + (format == null ? "any format" : format) + "]";
    }
}
