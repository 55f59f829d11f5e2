package dev.qmp.server.simulation;

import java.util.List;

/** A program that the client has started in a simulated guest. Its {@code toString} names the program only. */
public final class StartedProgram {

    private final long pid;
    private final String path;
    private final List<String> arguments;
    private final List<String> environment;
    private final byte[] input;

    StartedProgram(long pid, String path, List<String> arguments, List<String> environment, byte[] input) {
        this.pid = pid;
        this.path = path;
        this.arguments = List.copyOf(arguments);
        this.environment = List.copyOf(environment);
        this.input = input;
    }

    /** {@return the process in the guest} */
    public long pid() {
        return pid;
    }

    /** {@return the program} */
    public String path() {
        return path;
    }

    /** {@return the arguments, without the program's name} */
    public List<String> arguments() {
        return arguments;
    }

    /** {@return the environment as lines {@code NAME=value}; empty if the client has sent none} */
    public List<String> environment() {
        return environment;
    }

    /** {@return the bytes of the standard input; empty if the client has sent none} */
    public byte[] input() {
        return input.clone();
    }

    @Override
    public String toString() {
        return "StartedProgram[pid=" + pid + ", " + path + "]";
    }
}
