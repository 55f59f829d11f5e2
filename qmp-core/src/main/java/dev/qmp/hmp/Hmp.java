package dev.qmp.hmp;

import dev.qmp.QmpClient;
import dev.qmp.hmp.HmpException.Kind;
import dev.qmp.qapi.command.HumanMonitorCommand;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Executes command lines of QEMU's human monitor by {@code human-monitor-command}.
 *
 * <pre>{@code
 * Hmp hmp = Hmp.of(vm);
 * List<String> tree = hmp.execute("info qtree").get().lines();
 * hmp.executeQuietly("sendkey ctrl-alt-delete").get();
 * }</pre>
 *
 * <p>QEMU answers every command line with success, and prints errors as text. The text is written for people and
 * differs between versions, so an error can be missed. Prefer a command of QMP if there is one, and {@link
 * #executeQuietly} for commands that print nothing.
 *
 * <p>Immutable, and cheap to create. Thread safety: any thread may use it. Futures complete on the client's callback
 * executor.
 */
public final class Hmp {

    private final QmpClient vm;
    private final @Nullable Long cpu;

    private Hmp(QmpClient vm, @Nullable Long cpu) {
        this.vm = vm;
        this.cpu = cpu;
    }

    /** {@return the human monitor of a machine} */
    public static Hmp of(QmpClient vm) {
        return new Hmp(Objects.requireNonNull(vm, "vm"), null);
    }

    /**
     * {@return a human monitor whose commands, such as {@code info registers}, apply to one CPU; default: CPU 0}
     *
     * @throws IllegalArgumentException if the index is negative
     */
    public Hmp withCpu(long index) {
        if (index < 0) {
            throw new IllegalArgumentException("index must not be negative, but is " + index);
        }
        return new Hmp(vm, index);
    }

    /**
     * Executes a command line, and fails if its output is known as an error.
     *
     * <p>These are: an output that begins with {@code Error: }, an unknown command, an error about arguments ({@code
     * Try "help …" for more information}), and some texts without such a mark. Lines with warnings before them are
     * skipped. An error with another text is returned as an output.
     *
     * @param commandLine one line; see {@link #quote} for arguments with spaces
     * @return the output; fails with {@link HmpException} and as {@link QmpClient#execute}
     * @throws IllegalArgumentException if the command line is blank or has a control character
     */
    public CompletableFuture<HmpOutput> execute(String commandLine) {
        return mapped(executeUnjudged(commandLine), output -> judged(commandLine, output));
    }

    /**
     * Executes a command line that prints nothing on success, and fails if it prints anything but warnings. Most
     * commands that change the machine are of this kind.
     *
     * @param commandLine one line; see {@link #quote} for arguments with spaces
     * @return the warnings; fails with {@link HmpException} and as {@link QmpClient#execute}
     * @throws IllegalArgumentException if the command line is blank or has a control character
     */
    public CompletableFuture<HmpOutput> executeQuietly(String commandLine) {
        return mapped(executeUnjudged(commandLine), output -> {
            judged(commandLine, output);
            if (!output.otherLines().isEmpty()) {
                throw new HmpException(Kind.UNEXPECTED_TEXT, nameOf(commandLine), output.text());
            }
            return output;
        });
    }

    /**
     * Executes a command line, and returns every output, errors included.
     *
     * @param commandLine one line; see {@link #quote} for arguments with spaces
     * @return the output; fails as {@link QmpClient#execute}
     * @throws IllegalArgumentException if the command line is blank or has a control character
     */
    public CompletableFuture<HmpOutput> executeUnjudged(String commandLine) {
        Objects.requireNonNull(commandLine, "commandLine");
        if (commandLine.isBlank()) {
            throw new IllegalArgumentException("commandLine must not be blank");
        }
        if (commandLine.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("commandLine must not have a control character, such as a line feed");
        }
        HumanMonitorCommand command = HumanMonitorCommand.command(commandLine);
        return mapped(vm.execute(cpu == null ? command : command.withCpuIndex(cpu)), HmpOutput::new);
    }

    /**
     * {@return an argument in quotation marks, as the human monitor reads file names and other strings with spaces}
     *
     * @throws IllegalArgumentException if it has a control character
     */
    public static String quote(String argument) {
        Objects.requireNonNull(argument, "argument");
        if (argument.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("argument must not have a control character, such as a line feed");
        }
        return '"' + argument.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Maps a result as {@code thenApply} does, with failures unwrapped, and cancels the command with the future. */
    private static <T, R> CompletableFuture<R> mapped(CompletableFuture<T> command, Function<T, R> mapping) {
        CompletableFuture<R> result = new CompletableFuture<>();
        command.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
                return;
            }
            try {
                result.complete(mapping.apply(value));
            } catch (HmpException e) {
                result.completeExceptionally(e);
            }
        });
        result.whenComplete((value, failure) -> {
            if (result.isCancelled()) {
                command.cancel(false);
            }
        });
        return result;
    }

    private static HmpOutput judged(String commandLine, HmpOutput output) {
        Kind kind = HmpErrors.kindOf(output);
        if (kind != null) {
            throw new HmpException(kind, nameOf(commandLine), output.text());
        }
        return output;
    }

    /** {@return the first word, with {@code info} and {@code help} the first two} The others may be secrets. */
    private static String nameOf(String commandLine) {
        String[] words = commandLine.strip().split("\\s+", 3);
        boolean hasTopic = words.length > 1 && (words[0].equals("info") || words[0].equals("help"));
        return hasTopic ? words[0] + " " + words[1] : words[0];
    }
}
