package dev.qmp.process;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Programs of the system. */
final class Programs {

    private static final Logger logger = LoggerFactory.getLogger(Programs.class);
    private static final int PROBE_SECONDS = 5;
    /** The field of {@code /proc/PID/stat} that has the number of threads, counted from the status. */
    private static final int THREADS = 17;

    private Programs() {}

    /** {@return the program's file} A path is used as it is, and a name is looked up in {@code PATH}. */
    static Optional<Path> find(String program) {
        if (program.contains(File.separator)) {
            return Optional.of(Path.of(program)).filter(Programs::isProgram);
        }
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of(path.split(File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, program))
                .filter(Programs::isProgram)
                .findFirst();
    }

    private static boolean isProgram(Path file) {
        return Files.isExecutable(file) && !Files.isDirectory(file);
    }

    /**
     * {@return the prefix of a command line that makes the kernel kill the process when its starting thread ends} Empty
     * if the system has no such program. Whether it {@link #works} is another question.
     */
    static List<String> killedWithParent() {
        return find("setpriv")
                .map(setpriv -> List.of(setpriv.toString(), "--pdeathsig", "KILL"))
                .orElse(List.of());
    }

    /**
     * {@return the command line of a process; empty if it is not known} The JDK returns none if it is longer than a
     * page of the memory.
     */
    static String commandLineOf(ProcessHandle process) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return process.info().commandLine().orElse("");
        }
    }

    /**
     * {@return whether a process has ended, and its parent has not read its exit code} It keeps its id. If only its
     * first thread has ended, it still runs, and has its files open.
     */
    static boolean isZombie(ProcessHandle process) {
        try {
            String line = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "stat"), StandardCharsets.ISO_8859_1);
            String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", THREADS + 2);
            return (fields[0].equals("Z") || fields[0].equals("X")) && Long.parseLong(fields[THREADS]) <= 1;
        } catch (IOException e) {
            return false; // no Linux, or the process has no id any more
        }
    }

    /**
     * {@return the words before a command line that run the process in a session of its own} The signals of a terminal
     * do not reach it. Empty if the system has no such program. The process keeps its id, because {@code setsid} forks
     * only if it leads a process group.
     */
    static List<String> inOwnSession() {
        return find("setsid").map(setsid -> List.of(setsid.toString())).orElse(List.of());
    }

    /** {@return whether a command line with the prefix can be run now} The method runs one, and blocks meanwhile. */
    static boolean works(List<String> words) {
        Process probe;
        try {
            probe = new ProcessBuilder(
                            Stream.concat(words.stream(), Stream.of("true")).toList())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            logger.debug("{} cannot be run", words, e);
            return false;
        }
        try {
            return probe.waitFor(PROBE_SECONDS, TimeUnit.SECONDS) && probe.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            probe.destroyForcibly();
        }
    }
}
