package dev.qmp.server.simulation;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a simulated program ends, and what it has written. Immutable. */
public final class ProgramEnd {

    private static final byte[] NOTHING = {};

    private final @Nullable Integer exitCode;
    private final @Nullable Integer signal;
    private final byte[] output;
    private final byte[] errors;

    private ProgramEnd(@Nullable Integer exitCode, @Nullable Integer signal, byte[] output, byte[] errors) {
        this.exitCode = exitCode;
        this.signal = signal;
        this.output = output;
        this.errors = errors;
    }

    /** {@return an end with an exit code, without output} */
    public static ProgramEnd exit(int code) {
        return new ProgramEnd(code, null, NOTHING, NOTHING);
    }

    /**
     * {@return an end by a signal, such as 9, without output}
     *
     * @throws IllegalArgumentException if the signal is not positive
     */
    public static ProgramEnd signal(int signal) {
        if (signal < 1) {
            throw new IllegalArgumentException("signal must be positive, not " + signal);
        }
        return new ProgramEnd(null, signal, NOTHING, NOTHING);
    }

    /** {@return this end with bytes on the standard output} */
    public ProgramEnd withOutput(byte[] bytes) {
        return new ProgramEnd(
                exitCode, signal, Objects.requireNonNull(bytes, "bytes").clone(), errors);
    }

    /** {@return this end with a text on the standard output, in UTF-8} */
    public ProgramEnd withOutput(String text) {
        return withOutput(Objects.requireNonNull(text, "text").getBytes(StandardCharsets.UTF_8));
    }

    /** {@return this end with bytes on the standard error output} */
    public ProgramEnd withErrors(byte[] bytes) {
        return new ProgramEnd(
                exitCode, signal, output, Objects.requireNonNull(bytes, "bytes").clone());
    }

    /** {@return this end with a text on the standard error output, in UTF-8} */
    public ProgramEnd withErrors(String text) {
        return withErrors(Objects.requireNonNull(text, "text").getBytes(StandardCharsets.UTF_8));
    }

    @Nullable
    Integer exitCode() {
        return exitCode;
    }

    @Nullable
    Integer signal() {
        return signal;
    }

    byte[] output() {
        return output;
    }

    byte[] errors() {
        return errors;
    }

    @Override
    public String toString() {
        return "ProgramEnd[" + (signal != null ? "signal=" + signal : "exitCode=" + exitCode) + ", output="
                + output.length + " bytes, errors=" + errors.length + " bytes]";
    }
}
