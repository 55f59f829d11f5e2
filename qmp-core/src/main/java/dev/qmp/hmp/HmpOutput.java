package dev.qmp.hmp;

import java.util.List;
import java.util.Objects;

/**
 * The text that a command of the human monitor printed.
 *
 * @param text the text, with line feeds alone as line ends; empty if the command printed nothing
 */
public record HmpOutput(String text) {

    private static final String WARNING = "warning: ";

    /** Converts the line ends: QEMU sends a carriage return before each line feed. */
    public HmpOutput {
        Objects.requireNonNull(text, "text");
        text = text.replace("\r\n", "\n");
    }

    /** {@return the lines without their ends, those of {@link #warnings()} included} */
    public List<String> lines() {
        return text.lines().toList();
    }

    /** {@return the lines that are warnings of QEMU, such as the deprecation of the command} */
    public List<String> warnings() {
        return text.lines().filter(line -> line.startsWith(WARNING)).toList();
    }

    /** {@return the lines that are not warnings} */
    List<String> otherLines() {
        return text.lines().filter(line -> !line.startsWith(WARNING)).toList();
    }
}
