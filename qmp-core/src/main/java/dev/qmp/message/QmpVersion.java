package dev.qmp.message;

import java.util.Objects;

/**
 * The version in a server's greeting.
 *
 * @param major the first number, 7 in 7.2.22
 * @param minor the second number
 * @param micro the third number
 * @param packageName the distributor's addition, such as {@code Debian 1:7.2+dfsg-7}; empty if there is none
 */
public record QmpVersion(int major, int minor, int micro, String packageName) implements Comparable<QmpVersion> {
    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if a number is negative
     */
    public QmpVersion {
        requireNotNegative("major", major);
        requireNotNegative("minor", minor);
        requireNotNegative("micro", micro);
        Objects.requireNonNull(packageName, "packageName");
    }

    private static void requireNotNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must not be negative, but is " + value);
        }
    }

    /** {@return whether this version is {@code major.minor} or newer} */
    public boolean isAtLeast(int major, int minor) {
        return this.major > major || (this.major == major && this.minor >= minor);
    }

    /** Compares the three numbers, not the distributor's text. So this order is not consistent with {@code equals}. */
    @Override
    public int compareTo(QmpVersion other) {
        Objects.requireNonNull(other, "other");
        int byMajor = Integer.compare(major, other.major);
        int byMinor = byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
        return byMinor != 0 ? byMinor : Integer.compare(micro, other.micro);
    }

    /** {@return the three numbers, such as {@code 7.2.22}} */
    @Override
    public String toString() {
        return major + "." + minor + "." + micro;
    }
}
