package dev.qmp.error;

/** Makes a peer's text fit for one line of a log: escaped, and cut at a length. */
public final class Text {

    private static final int MAX_LENGTH = 256;

    private Text() {}

    /** {@return the text on one line, without control or direction characters, at most 256 characters of it} */
    public static String printable(String text) {
        return printable(text, MAX_LENGTH);
    }

    /** {@return the text on one line, without control or direction characters, at most so many characters of it} */
    public static String printable(String text, int maxLength) {
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
