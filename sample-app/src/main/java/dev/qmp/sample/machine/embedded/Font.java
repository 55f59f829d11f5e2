package dev.qmp.sample.machine.embedded;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Scanner;
import org.jspecify.annotations.Nullable;

/** Capital letters and digits of five by seven dots, because no font of the host may exist. */
final class Font {

    private static final int ADVANCE = 6;
    private static final int COLUMNS = 5;
    private static final int ROWS = 7;
    private static final Map<Character, int[]> GLYPHS = read();

    private Font() {}

    /** Writes a text in dots of the given size; characters without a shape are blank. */
    static void write(Picture picture, int left, int top, int dot, int colour, String text) {
        String capitals = text.toUpperCase(Locale.ROOT);
        for (int i = 0; i < capitals.length(); i++) {
            int @Nullable [] rows = GLYPHS.get(capitals.charAt(i));
            for (int y = 0; rows != null && y < ROWS; y++) {
                for (int x = 0; x < COLUMNS; x++) {
                    if ((rows[y] >> (COLUMNS - 1 - x) & 1) == 1) {
                        picture.fill(left + (i * ADVANCE + x) * dot, top + y * dot, dot, dot, colour);
                    }
                }
            }
        }
    }

    /** Each line of the file is a character and its rows in hexadecimal. The highest bit is the leftmost dot. */
    private static Map<Character, int[]> read() {
        InputStream stream = Font.class.getResourceAsStream("/embedded/font.txt");
        if (stream == null) {
            throw new IllegalStateException("the application lacks its font");
        }
        Map<Character, int[]> glyphs = new HashMap<>();
        try (Scanner scanner = new Scanner(stream, StandardCharsets.UTF_8)) {
            while (scanner.hasNext()) {
                char character = scanner.next().charAt(0);
                int[] rows = new int[ROWS];
                for (int y = 0; y < ROWS; y++) {
                    rows[y] = scanner.nextInt(16);
                }
                glyphs.put(character, rows);
            }
        }
        return glyphs;
    }
}
