package dev.qmp.screen;

import dev.qmp.error.QmpException;
import org.jspecify.annotations.Nullable;

/**
 * QEMU dumped the display, but the picture cannot be read here. The machine runs on another host, its user cannot write
 * to the directory, or the file is not a picture.
 */
public class ScreenshotException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public ScreenshotException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
