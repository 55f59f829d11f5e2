package dev.qmp.process;

import dev.qmp.SessionEnd;
import dev.qmp.error.Text;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The end of a QEMU process.
 *
 * @param code the exit code; above 128 if a signal ended the process, see {@link #signal()}. Null if it is not known,
 *     because the process was adopted
 * @param session the end of the client's last session, with the reason of the machine's {@code SHUTDOWN}; null if there
 *     was no session, or if it had not ended five seconds after the process
 * @param output the last lines that the process wrote to its output and error output, {@value QemuProcess#MAX_OUTPUT}
 *     characters at most; empty if it was adopted
 */
public record QemuExit(@Nullable Integer code, @Nullable SessionEnd session, String output) {

    private static final int SIGNAL_BASE = 128;

    /** Refuses missing components. */
    public QemuExit {
        Objects.requireNonNull(output, "output");
    }

    /** {@return the signal that ended the process, such as 9; empty if it exited by itself, or if that is not known} */
    public OptionalInt signal() {
        return code != null && code > SIGNAL_BASE ? OptionalInt.of(code - SIGNAL_BASE) : OptionalInt.empty();
    }

    /** {@return exit code or signal as text for the operator} */
    public String description() {
        if (code == null) {
            return "exit code unknown";
        }
        return code > SIGNAL_BASE ? "ended by signal " + (code - SIGNAL_BASE) : "exit code " + code;
    }

    /** {@return the last line of the output that is not blank, printable; empty if there is none} */
    public String lastLine() {
        String last = "";
        for (String line : output.lines().toList()) {
            last = line.isBlank() ? last : line;
        }
        return Text.printable(last.strip());
    }

    /** {@return the end without the output} */
    @Override
    public String toString() {
        return "QemuExit[" + description() + (session == null ? "" : ", session " + session.description()) + "]";
    }
}
