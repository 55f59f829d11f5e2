package dev.qmp.process;

import dev.qmp.error.Text;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A QEMU was not started. No process of it runs, and its files are removed. If the wait of {@link
 * QemuLauncher#startAndWait()} was interrupted or timed out, this holds a moment later.
 *
 * <p>The message quotes the last lines of QEMU's output, which can repeat an option of the command line. It never
 * quotes the command line itself.
 */
public final class QemuStartException extends QemuProcessException {

    private static final long serialVersionUID = 1L;

    private static final int MAX_QUOTE = 600;

    /** The reason why the QEMU was not started. */
    public enum Reason {
        /** There is no such program, the system cannot run it, or its private directory cannot be used. */
        NOT_EXECUTED,
        /** The process ended before there was a session. */
        EXITED,
        /**
         * The process ran, but its monitor cannot be used, or this JVM cannot follow it; see the cause. It was killed.
         */
        NO_SESSION,
        /** The start timeout passed. The process was killed. */
        TIMED_OUT,
        /** The waiting thread was interrupted. The process was killed. */
        INTERRUPTED
    }

    private final Reason reason;
    private final transient @Nullable QemuExit exit;

    QemuStartException(Reason reason, String message, @Nullable QemuExit exit, @Nullable Throwable cause) {
        super(message + quote(exit), cause);
        this.reason = reason;
        this.exit = exit;
    }

    private static String quote(@Nullable QemuExit exit) {
        String output = exit == null ? "" : exit.output().strip();
        if (output.isEmpty()) {
            return "";
        }
        String end = output.substring(Math.max(0, output.length() - MAX_QUOTE));
        String[] lines = end.lines().filter(line -> !line.isBlank()).toArray(String[]::new);
        return "; its last output: " + Text.printable(String.join(" | ", lines), MAX_QUOTE);
    }

    /** {@return the reason why the QEMU was not started} */
    public Reason reason() {
        return reason;
    }

    /** {@return exit code and last output; null if there was no process, or the wait was interrupted or timed out} */
    public @Nullable QemuExit exit() {
        return exit;
    }

    static QemuStartException notExecuted(String name, String problem, @Nullable Throwable cause) {
        Objects.requireNonNull(problem, "problem");
        return new QemuStartException(Reason.NOT_EXECUTED, name + " was not started: " + problem, null, cause);
    }
}
