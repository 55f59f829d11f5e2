package dev.qmp.server.simulation;

import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandRejection;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The programs of a simulated guest. The caller holds the simulation's lock. */
final class SimulatedPrograms {

    private static final long FIRST_PID = 1001;
    private static final int SIGTERM = 15;

    /** One process. Its entry is removed when the client has read its end. */
    private static final class Run {

        final StartedProgram program;
        final boolean captured;

        @Nullable
        ProgramEnd end;

        Run(StartedProgram program, boolean captured) {
            this.program = program;
            this.captured = captured;
        }
    }

    /** By path: makes the end of a program; null if it goes on until the test ends it. */
    private final Map<String, Function<StartedProgram, @Nullable ProgramEnd>> installed = new HashMap<>();

    private final Map<Long, Run> processes = new LinkedHashMap<>();
    private final List<StartedProgram> started = new ArrayList<>();
    private long nextPid = FIRST_PID;

    SimulatedPrograms() {
        installed.put("kill", this::kill);
    }

    void install(String path, Function<StartedProgram, @Nullable ProgramEnd> end) {
        installed.put(path, end);
    }

    List<StartedProgram> started() {
        return List.copyOf(started);
    }

    /** {@return the last start of a program, null if it was not started} */
    @Nullable
    StartedProgram lastStarted(String path) {
        for (int i = started.size() - 1; i >= 0; i--) {
            if (started.get(i).path().equals(path)) {
                return started.get(i);
            }
        }
        return null;
    }

    /** Ends a program. */
    void end(long pid, ProgramEnd end) {
        Run process = processes.get(pid);
        if (process == null || process.end != null) {
            throw new IllegalArgumentException("no program with pid " + pid + " runs");
        }
        process.end = end;
    }

    /** Plays {@code kill -TERM PID}, by which clients cancel a program. */
    private ProgramEnd kill(StartedProgram killer) {
        String pid = killer.arguments().isEmpty()
                ? ""
                : killer.arguments().get(killer.arguments().size() - 1);
        for (Run process : processes.values()) {
            if (process.end == null && pid.equals(Long.toString(process.program.pid()))) {
                process.end = ProgramEnd.signal(SIGTERM);
                return ProgramEnd.exit(0);
            }
        }
        return ProgramEnd.exit(1).withErrors("kill: (" + pid + "): No such process\n");
    }

    JsonNode exec(JsonNode arguments) throws CommandRejection {
        String path = Arguments.required(arguments, "path").asString("");
        byte[] input = arguments.has("input-data")
                ? Arguments.base64(arguments.path("input-data").asString(""))
                : new byte[0];
        Function<StartedProgram, @Nullable ProgramEnd> program = installed.get(path);
        if (program == null) {
            throw new CommandRejection("Guest agent command failed, error was 'Failed to execute child process \u201c"
                    + path + "\u201d (No such file or directory)'");
        }
        StartedProgram start =
                new StartedProgram(nextPid++, path, texts(arguments.path("arg")), texts(arguments.path("env")), input);
        Run process = new Run(start, arguments.path("capture-output").asBoolean(false));
        process.end = program.apply(start);
        processes.put(start.pid(), process);
        started.add(start);
        return QmpJson.object().put("pid", start.pid());
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(one -> one.asString("")).toList();
    }

    JsonNode status(JsonNode arguments) throws CommandRejection {
        long pid = Arguments.required(arguments, "pid").asLong(-1);
        Run process = processes.get(pid);
        if (process == null) {
            throw new CommandRejection("Invalid parameter 'pid'");
        }
        ProgramEnd end = process.end;
        if (end == null) {
            return QmpJson.object().put("exited", false);
        }
        processes.remove(pid);
        ObjectNode status = QmpJson.object().put("exited", true);
        if (end.signal() != null) {
            status.put("signal", end.signal());
        } else {
            status.put("exitcode", end.exitCode());
        }
        if (process.captured) {
            putOutput(status, "out", end.output());
            putOutput(status, "err", end.errors());
        }
        return status;
    }

    private static void putOutput(ObjectNode status, String prefix, byte[] output) {
        if (output.length > 0) {
            status.put(prefix + "-data", Base64.getEncoder().encodeToString(output));
            status.put(prefix + "-truncated", false);
        }
    }
}
