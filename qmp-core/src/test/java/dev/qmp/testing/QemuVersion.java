package dev.qmp.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of a program of QEMU.
 *
 * @param major the first number
 * @param minor the second number
 * @param micro the third number; 0 if there is none
 */
public record QemuVersion(int major, int minor, int micro) implements Comparable<QemuVersion> {

    private static final Pattern NUMBERS = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?");
    private static final Comparator<QemuVersion> ORDER = Comparator.comparingInt(QemuVersion::major)
            .thenComparingInt(QemuVersion::minor)
            .thenComparingInt(QemuVersion::micro);
    private static final Map<Tool, QemuVersion> INSTALLED = new ConcurrentHashMap<>();

    /** {@return the version of the installed emulator} */
    public static QemuVersion installed() {
        return of(Tool.QEMU);
    }

    /** {@return the version of an installed program, which is asked once} */
    public static QemuVersion of(Tool tool) {
        return INSTALLED.computeIfAbsent(tool, QemuVersion::ask);
    }

    private static QemuVersion ask(Tool tool) {
        try {
            String program = tool.find()
                    .orElseThrow(() -> new IllegalStateException(tool.missing()))
                    .toString();
            Process process = new ProcessBuilder(program, "--version")
                    .redirectErrorStream(true)
                    .start();
            return parse(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the first version in a text, such as {@code QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)}} */
    public static QemuVersion parse(String text) {
        Matcher numbers = NUMBERS.matcher(text);
        if (!numbers.find()) {
            throw new IllegalArgumentException("no version in: " + text);
        }
        return new QemuVersion(
                Integer.parseInt(numbers.group(1)),
                Integer.parseInt(numbers.group(2)),
                numbers.group(3) == null ? 0 : Integer.parseInt(numbers.group(3)));
    }

    /** {@return whether this is the given version, such as {@code 6.0}, or a newer one} */
    public boolean isAtLeast(String version) {
        return compareTo(parse(version)) >= 0;
    }

    @Override
    public int compareTo(QemuVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + micro;
    }
}
