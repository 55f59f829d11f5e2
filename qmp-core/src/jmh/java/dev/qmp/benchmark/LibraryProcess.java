package dev.qmp.benchmark;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link Library} at work, in a process of its own that connects to the server and then prints a line with its
 * version. It reads lines with a task and a number of operations, such as {@code "COMMANDS 4096"}, prints
 * {@code "done"} after each, and ends with its input.
 */
public final class LibraryProcess implements AutoCloseable {

    /** What a library is asked to do. */
    public enum Task {
        /** One command after another. */
        COMMANDS("one after another"),
        /** Eight commands in flight. */
        IN_FLIGHT("8 in flight"),
        /** Events, in batches of 1024 that a command requests. */
        EVENTS("events to one listener");

        private final String label;

        Task(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    private final Library library;
    private final Process process;
    private final BufferedReader output;
    private final Writer input;
    private final String version;

    /** Starts the program and waits until it has connected. */
    public LibraryProcess(Library library, Path socket) throws IOException {
        this.library = library;
        List<String> command = new ArrayList<>(library.program());
        command.add(socket.toString());
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        input = process.outputWriter(StandardCharsets.UTF_8);
        version = readLine();
    }

    /** {@return the line that the library printed when it had connected} */
    String version() {
        return version;
    }

    /** Returns when all operations of the task have been done. */
    String run(Task task, int operations) throws IOException {
        input.write(task.name() + " " + operations + "\n");
        input.flush();
        return readLine();
    }

    private String readLine() throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new EOFException("the program of " + library + " ended, with exit code "
                    + process.onExit().join().exitValue());
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        input.close();
        process.onExit().join();
    }
}
