package dev.qmp.agent;

import dev.qmp.error.Text;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A program to run in the guest, with its arguments, environment and input. Immutable: each {@code with} method returns
 * a new request. {@code toString} contains the program only, because the rest may be secret.
 */
public final class ExecRequest {

    /** What the agent does with the program's output. */
    public enum Output {
        /** The output is discarded in the guest. */
        DISCARDED,
        /** Both outputs are collected separately. Every agent supports that. */
        COLLECTED,
        /** Both outputs are collected as one, in the order written. Agents before 8.0 reject the command. */
        MERGED
    }

    private final String path;
    private final List<String> arguments;
    private final @Nullable List<String> environment;
    private final byte @Nullable [] input;
    private final Output output;
    private final Charset charset;

    private ExecRequest(
            String path,
            List<String> arguments,
            @Nullable List<String> environment,
            byte @Nullable [] input,
            Output output,
            Charset charset) {
        this.path = path;
        this.arguments = arguments;
        this.environment = environment;
        this.input = input;
        this.output = output;
        this.charset = charset;
    }

    /**
     * {@return a request that collects both outputs, in UTF-8, with the agent's environment and no input}
     *
     * @param path the program; the agent searches its own {@code PATH}. There is no shell: use {@code /bin/sh -c}
     * @param arguments the program's arguments, without its name
     * @throws IllegalArgumentException if the path is blank
     */
    public static ExecRequest of(String path, String... arguments) {
        return of(path, List.of(Objects.requireNonNull(arguments, "arguments")));
    }

    /**
     * {@return a request as by {@link #of(String, String...)}}
     *
     * @throws IllegalArgumentException if the path is blank
     */
    public static ExecRequest of(String path, List<String> arguments) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(arguments, "arguments");
        if (path.isBlank()) {
            throw new IllegalArgumentException("path must not be blank");
        }
        return new ExecRequest(path, List.copyOf(arguments), null, null, Output.COLLECTED, StandardCharsets.UTF_8);
    }

    /**
     * {@return this request with an environment, which replaces the agent's own completely}
     *
     * @throws IllegalArgumentException if a name is empty or contains {@code =}
     */
    public ExecRequest withEnvironment(Map<String, String> variables) {
        Objects.requireNonNull(variables, "variables");
        List<String> lines = new ArrayList<>();
        variables.forEach((name, value) -> {
            if (name.isEmpty() || name.indexOf('=') >= 0) {
                throw new IllegalArgumentException("variables: a name must not be empty or contain '='");
            }
            lines.add(name + "=" + Objects.requireNonNull(value, name));
        });
        return new ExecRequest(path, arguments, List.copyOf(lines), input, output, charset);
    }

    /**
     * {@return this request with bytes for the program's standard input}
     *
     * @param input the bytes. In base64, they and the rest of the command have at most {@code maxCommandSize}; by
     *     default that allows 700 kB
     */
    public ExecRequest withInput(byte[] input) {
        return new ExecRequest(
                path,
                arguments,
                environment,
                Objects.requireNonNull(input, "input").clone(),
                output,
                charset);
    }

    /** {@return this request with text for the program's standard input, in the {@link #withCharset charset}} */
    public ExecRequest withInput(String input) {
        return withInput(Objects.requireNonNull(input, "input").getBytes(charset));
    }

    /** {@return this request with another treatment of the output} */
    public ExecRequest withOutput(Output output) {
        return new ExecRequest(path, arguments, environment, input, Objects.requireNonNull(output, "output"), charset);
    }

    /** {@return this request with the guest's charset, for text of input set later and of the output} */
    public ExecRequest withCharset(Charset charset) {
        return new ExecRequest(path, arguments, environment, input, output, Objects.requireNonNull(charset, "charset"));
    }

    /** {@return the program} */
    public String path() {
        return path;
    }

    /** {@return the arguments} */
    public List<String> arguments() {
        return arguments;
    }

    /** {@return the charset of texts} */
    public Charset charset() {
        return charset;
    }

    @Nullable
    List<String> environment() {
        return environment;
    }

    byte @Nullable [] input() {
        return input;
    }

    Output output() {
        return output;
    }

    @Override
    public String toString() {
        return "ExecRequest[" + Text.printable(path) + "]";
    }
}
