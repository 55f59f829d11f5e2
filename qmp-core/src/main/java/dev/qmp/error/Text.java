package dev.qmp.error;

import java.util.Objects;

/** Makes a peer's text fit for one line of a log: escaped, and cut at a length. */
public final class Text {

    private static final int MAX_LENGTH = 256;
    /** Of a sentence that may hold a path: Linux allows 4096 bytes, and this much of them identifies the file. */
    private static final int MAX_SENTENCE = 2000;

    private Text() {}

    /** {@return the text on one line, without control or direction characters, at most 256 characters of it} */
    public static String printable(String text) {
        Objects.requireNonNull(text, "text");
        return printable(text, MAX_LENGTH);
    }

    /** {@return a sentence as {@link #printable(String)} does, at most 2000 characters of it} */
    public static String printableSentence(String text) {
        return printable(text, MAX_SENTENCE);
    }

    /** {@return an exception's message as {@link #printableSentence}, or its class name if it has no message} */
    public static String messageOf(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        String message = failure.getMessage();
        return message == null ? failure.getClass().getName() : printableSentence(message);
    }

    /** {@return the text on one line, without control or direction characters, at most so many characters of it} */
    public static String printable(String text, int maxLength) {
        Objects.requireNonNull(text, "text");
        if (maxLength < 0) {
            throw new IllegalArgumentException("maxLength must not be negative, but is " + maxLength);
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
