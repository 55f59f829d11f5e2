package dev.qmp.hmp;

import dev.qmp.hmp.HmpException.Kind;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes errors from results. QMP reports success for every command line, because in QMP the text is the result.
 * These forms were seen on QEMU 5.2, 7.2, 10.0 and 11.1.
 */
final class HmpErrors {

    private static final String UNKNOWN = "unknown command: ";
    private static final String FAILED = "Error: ";
    private static final Pattern TRY_HELP = Pattern.compile("Try \"help .*\" for more information");

    /** Texts without a mark. They count only if they are the whole output, because a result can contain them. */
    private static final Pattern UNMARKED = Pattern.compile("Device '.*' not found"
            + "|Could not open '.*"
            + "|Could not open gdbserver on device '.*"
            + "|Error opening logfile .*"
            + "|Mouse at index '.*' not found"
            + "|Path '.*' could not be resolved\\."
            + "|id or pci device path is invalid or device not found\\..*"
            + "|invalid parameter: .*"
            + "|unknown keycode: .*"
            + "|unknown event \".*\""
            + "|invalid CPU index"
            + "|No CPU available"
            + "|No cpu"
            + "|Can not dump without CPU"
            + "|No memory is mapped at address .*"
            + "|user mode network stack not in use"
            + "|no block device can store vmstate for snapshot"
            + "|No available block device supports snapshots");

    private HmpErrors() {}

    /** {@return the kind of error that the text is; null if it counts as a result} */
    static @Nullable Kind kindOf(HmpOutput output) {
        List<String> lines = output.otherLines();
        if (lines.isEmpty()) {
            return null;
        }
        String first = lines.get(0);
        String last = lines.get(lines.size() - 1);
        if (lines.size() == 1 && first.startsWith(UNKNOWN)) {
            return Kind.UNKNOWN_COMMAND;
        }
        if (TRY_HELP.matcher(last).matches()) {
            return Kind.WRONG_ARGUMENTS;
        }
        boolean failed = first.startsWith(FAILED)
                || (lines.size() == 1 && UNMARKED.matcher(first).matches());
        return failed ? Kind.FAILED : null;
    }
}
