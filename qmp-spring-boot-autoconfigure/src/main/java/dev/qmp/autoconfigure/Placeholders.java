package dev.qmp.autoconfigure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds placeholders without a value. Spring leaves them in the text, so a path would contain them. Spring's escape
 * leaves the same text, so a path that really contains a placeholder cannot be configured.
 */
final class Placeholders {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^{}]*}");

    private Placeholders() {}

    /** {@return the first placeholder in a value after the binding, which has no value; null if there is none} */
    static @Nullable String firstIn(String value) {
        Matcher placeholder = PLACEHOLDER.matcher(value);
        return placeholder.find() ? placeholder.group() : null;
    }

    static String reason(String placeholder) {
        return "the placeholder " + placeholder + " has no value";
    }

    static String remedy(String placeholder) {
        return "Set a variable or a property of that name, or give the placeholder a default, as in "
                + placeholder.replace("}", ":DEFAULT}") + ". For a path that really contains " + placeholder
                + ", make a symbolic link, and configure the link.";
    }
}
