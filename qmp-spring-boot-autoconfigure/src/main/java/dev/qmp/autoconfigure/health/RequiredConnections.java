package dev.qmp.autoconfigure.health;

import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.util.PatternMatchUtils;

/**
 * The number of connections that must be up for the application to be healthy. Connections that were never started,
 * and machines that were shut down in order, are left out.
 */
final class RequiredConnections {

    private static final Pattern NUMBER = Pattern.compile("(\\d{1,9})(%?)");

    private final String[] names;
    private final int number;
    private final boolean share;

    private RequiredConnections(Collection<String> names, int number, boolean share) {
        this.names = names.toArray(String[]::new);
        this.number = number;
        this.share = share;
    }

    /**
     * {@return the rule of {@code qmp.health}}
     *
     * @throws InvalidQmpPropertyException if the number cannot be used
     */
    static RequiredConnections of(Set<String> connections, String required) {
        String text = required.strip().toLowerCase(Locale.ROOT);
        Matcher number = NUMBER.matcher(text);
        if (text.equals("all")) {
            return new RequiredConnections(connections, 100, true);
        } else if (text.equals("any")) {
            return new RequiredConnections(connections, 1, false);
        } else if (text.equals("none")) {
            return new RequiredConnections(connections, 0, false);
        } else if (number.matches()) {
            boolean share = !number.group(2).isEmpty();
            int value = Integer.parseInt(number.group(1));
            if (!share || value <= 100) {
                return new RequiredConnections(connections, value, share);
            }
        }
        throw new InvalidQmpPropertyException(
                "qmp.health.required",
                required,
                "it is not a number of connections",
                "all, any, none, a number such as 3, or a share from 0% to 100%");
    }

    /** {@return whether the loss of a connection counts} */
    boolean counts(String name) {
        return PatternMatchUtils.simpleMatch(names, name);
    }

    /**
     * {@return whether enough connections are up} A number greater than that of the connections requires all of them.
     * So a machine that was removed does not make the others count as too few.
     *
     * @param up connections that count and are up
     * @param down connections that count and are down
     */
    boolean met(int up, int down) {
        int all = up + down;
        long least = share ? ((long) number * all + 99) / 100 : Math.min(number, all);
        return up >= least;
    }
}
