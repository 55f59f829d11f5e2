package dev.qmp.input;

import dev.qmp.error.Text;
import dev.qmp.qapi.type.QKeyCode;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The keys that type a character, for guests with one keyboard layout. QEMU names keys by their place on a keyboard of
 * the United States. So the layout that counts is the guest's.
 *
 * <p>The layouts are those of Linux. Windows differs in a few dead keys. A dead key is followed by the space bar, which
 * types its accent alone ({@code ^} in {@code de}). Characters with an accent from a dead key, such as {@code ê}, have
 * no chords.
 *
 * <p>Thread safety: immutable; any thread may use it.
 */
final class KeyboardLayout {

    /**
     * Each line has the name of a key and the characters that it types: alone, with shift, with AltGr. One dot stands
     * for no character, two dots stand for the character dot. If several lines have a character, the last one counts.
     */
    private static final String LETTERS =
            """
            a a A
            b b B
            c c C
            d d D
            e e E
            f f F
            g g G
            h h H
            i i I
            j j J
            k k K
            l l L
            m m M
            n n N
            o o O
            p p P
            q q Q
            r r R
            s s S
            t t T
            u u U
            v v V
            w w W
            x x X
            y y Y
            z z Z
            """;

    private static final String US = LETTERS
            + """
            1 1 !
            2 2 @
            3 3 #
            4 4 $
            5 5 %
            6 6 ^
            7 7 &
            8 8 *
            9 9 (
            0 0 )
            minus - _
            equal = +
            bracket_left [ {
            bracket_right ] }
            backslash \\ |
            semicolon ; :
            apostrophe ' "
            grave_accent ` ~
            comma , <
            dot .. >
            slash / ?
            """;

    private static final String GB = LETTERS
            + """
            1 1 !
            2 2 "
            3 3 £
            4 4 $ €
            5 5 %
            6 6 ^
            7 7 &
            8 8 *
            9 9 (
            0 0 )
            minus - _
            equal = +
            bracket_left [ {
            bracket_right ] }
            backslash # ~
            semicolon ; :
            apostrophe ' @
            grave_accent ` ¬
            less \\ |
            comma , <
            dot .. >
            slash / ?
            """;

    private static final String DE = LETTERS
            + """
            z y Y
            y z Z
            q q Q @
            e e E €
            m m M µ
            1 1 !
            2 2 " ²
            3 3 § ³
            4 4 $
            5 5 %
            6 6 &
            7 7 / {
            8 8 ( [
            9 9 ) ]
            0 0 = }
            minus ß ? \\
            bracket_left ü Ü
            bracket_right + * ~
            semicolon ö Ö
            apostrophe ä Ä
            backslash # '
            grave_accent . °
            less < > |
            comma , ;
            dot .. :
            slash - _
            """;

    private static final String FR = LETTERS
            + """
            q a A
            a q Q
            w z Z
            z w W
            semicolon m M
            m , ?
            e e E €
            1 & 1
            2 é 2 ~
            3 " 3 #
            4 ' 4 {
            5 ( 5 [
            6 - 6 |
            7 è 7 `
            8 _ 8 \\
            9 ç 9 ^
            0 à 0 @
            minus ) ° ]
            equal = + }
            bracket_right $ £ ¤
            apostrophe ù %
            backslash * µ
            grave_accent ²
            less < >
            comma ; ..
            dot : /
            slash ! §
            """;

    /** Dead keys: the key, whether it needs shift, and the character that it types before the space bar. */
    private static final Map<String, List<String>> DEAD_KEYS =
            Map.of("de", List.of("grave_accent . ^", "equal shift `"));

    private static final SortedMap<String, KeyboardLayout> LAYOUTS = new TreeMap<>(Map.of(
            "us", new KeyboardLayout("us", US),
            "gb", new KeyboardLayout("gb", GB),
            "de", new KeyboardLayout("de", DE),
            "fr", new KeyboardLayout("fr", FR)));

    private final String name;
    /** For each character, the chords that type it, one at least. */
    private final Map<Integer, List<List<QKeyCode>>> characters = new HashMap<>();

    private KeyboardLayout(String name, String keys) {
        this.name = name;
        keys.lines().forEach(this::add);
        DEAD_KEYS.getOrDefault(name, List.of()).forEach(this::addDeadKey);
        characters.put((int) ' ', List.of(List.of(QKeyCode.SPC)));
        characters.put((int) '\n', List.of(List.of(QKeyCode.RET)));
        characters.put((int) '\t', List.of(List.of(QKeyCode.TAB)));
    }

    /**
     * {@return the layout of a name}
     *
     * @param name one of {@link #names()}, in any case
     * @throws IllegalArgumentException if there is no such layout
     */
    static KeyboardLayout of(String name) {
        KeyboardLayout layout = LAYOUTS.get(name.toLowerCase(Locale.ROOT));
        if (layout == null) {
            throw new IllegalArgumentException(
                    "there is no keyboard layout '" + Text.printable(name) + "'; choose one of " + names());
        }
        return layout;
    }

    static Set<String> names() {
        return Collections.unmodifiableSet(LAYOUTS.keySet());
    }

    String name() {
        return name;
    }

    private void add(String line) {
        String[] words = line.split(" ", -1);
        QKeyCode key = QKeyCode.of(words[0]);
        QKeyCode[] modifiers = {QKeyCode.SHIFT, QKeyCode.ALT_R};
        for (int i = 1; i < words.length; i++) {
            if (!words[i].equals(".")) {
                List<QKeyCode> chord = i == 1 ? List.of(key) : List.of(modifiers[i - 2], key);
                characters.put(words[i].codePointAt(0), List.of(chord));
            }
        }
    }

    private void addDeadKey(String line) {
        String[] words = line.split(" ", -1);
        QKeyCode key = QKeyCode.of(words[0]);
        List<QKeyCode> chord = words[1].equals("shift") ? List.of(QKeyCode.SHIFT, key) : List.of(key);
        characters.put(words[2].codePointAt(0), List.of(chord, List.of(QKeyCode.SPC)));
    }

    /** {@return the chords that type a character, null if the layout has none} */
    @Nullable
    List<List<QKeyCode>> chords(int character) {
        return characters.get(character);
    }
}
