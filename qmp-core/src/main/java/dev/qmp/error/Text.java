package dev.qmp.error;

import java.util.Objects;

/** Makes a peer's text fit for one line of a log, by escaping and cutting it. */
public final class Text {

    private static final int MAX_LENGTH = 256;
    /**
     * The limit of a sentence that may contain a path. Linux allows paths of 4096 bytes, but this length identifies the
     * file.
     */
    private static final int MAX_SENTENCE = 2000;

    private Text() {}

    /** {@return the text on one line, without control or direction characters, cut after 256 characters} */
    public static String printable(String text) {
        Objects.requireNonNull(text, "text");
        return printable(text, MAX_LENGTH);
    }

    /** {@return a sentence in the form of {@link #printable(String)}, cut after 2000 characters} */
    public static String printableSentence(String text) {
        return printable(text, MAX_SENTENCE);
    }

    /**
     * {@return an exception's message in the form of {@link #printableSentence}, or the simple name of its class if it
     * has no message}
     */
    public static String messageOf(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        String message = failure.getMessage();
        return message == null ? name(failure.getClass()) : printableSentence(message);
    }

    private static String name(Class<?> type) {
        return type.isAnonymousClass() ? type.getName() : type.getSimpleName();
    }

    /**
     * {@return the text on one line, without control or direction characters, cut after {@code maxLength} characters}
     *
     * @throws IllegalArgumentException if {@code maxLength} is negative
     */
    public static String printable(String text, int maxLength) {
        Objects.requireNonNull(text, "text");
        if (maxLength < 0) {
            throw new IllegalArgumentException("maxLength must not be negative, but is " + maxLength);
        }
        if (text.length() <= maxLength && text.chars().allMatch(character -> character >= ' ' && character <= '~')) {
            return text; // the same object, because many objects refer to one name
        }
        StringBuilder safe = new StringBuilder(Math.min(text.length(), maxLength) + 16);
        int[] codePoints = text.codePoints().limit(maxLength + 1L).toArray();
        for (int codePoint : codePoints) {
            if (safe.length() >= maxLength) {
                return safe.append('…').toString();
            }
            append(safe, codePoint);
        }
        return safe.toString();
    }

    private static void append(StringBuilder safe, int codePoint) {
        boolean harmless =
                switch (Character.getType(codePoint)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.UNASSIGNED,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR -> false;
                    default -> true;
                };
        if (harmless) {
            safe.appendCodePoint(codePoint);
        } else {
            safe.append(String.format("\\u%04X", codePoint));
        }
    }
}
