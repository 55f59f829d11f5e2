package dev.qmp.agent;

import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/** How a program in the guest ended, and its output. */
public final class ExecResult {

    private final long pid;
    private final @Nullable Long exitCode;
    private final @Nullable Long signal;
    private final byte[] output;
    private final byte[] errors;
    private final boolean truncated;
    private final Charset charset;

    ExecResult(
            long pid,
            @Nullable Long exitCode,
            @Nullable Long signal,
            byte[] output,
            byte[] errors,
            boolean truncated,
            Charset charset) {
        this.pid = pid;
        this.exitCode = exitCode;
        this.signal = signal;
        this.output = output;
        this.errors = errors;
        this.truncated = truncated;
        this.charset = charset;
    }

    /** {@return the program's process in the guest} */
    public long pid() {
        return pid;
    }

    /** {@return the exit code; null if a signal ended the program} */
    public @Nullable Long exitCode() {
        return exitCode;
    }

    /**
     * {@return the signal that ended the program, in Windows the code of the exception; null if the program exited by
     * itself}
     */
    public @Nullable Long signal() {
        return signal;
    }

    /** {@return whether the exit code is 0} */
    public boolean isSuccess() {
        return exitCode != null && exitCode == 0;
    }

    /** {@return the standard output as text; bytes that are wrong in the charset become replacement characters} */
    public String output() {
        return new String(output, charset);
    }

    /** {@return the standard error output as text; empty if it was merged into the output} */
    public String errors() {
        return new String(errors, charset);
    }

    /** {@return the bytes of the standard output} */
    public byte[] outputBytes() {
        return output.clone();
    }

    /** {@return the bytes of the standard error output} */
    public byte[] errorBytes() {
        return errors.clone();
    }

    /** {@return whether the agent has dropped the rest of an output, of which it keeps 16 MiB} */
    public boolean isTruncated() {
        return truncated;
    }

    /** {@return how the program ended, and the sizes of its outputs, not the outputs} */
    @Override
    public String toString() {
        return "ExecResult[pid=" + pid + ", " + (signal != null ? "signal=" + signal : "exitCode=" + exitCode)
                + ", output=" + output.length + " bytes, errors=" + errors.length + " bytes"
                + (truncated ? ", truncated" : "") + "]";
    }
}
