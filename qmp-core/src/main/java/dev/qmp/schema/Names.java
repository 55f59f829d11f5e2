package dev.qmp.schema;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Names in messages: the existing name that is nearest to a wrong one, and short lists. */
final class Names {

    private static final int LISTED = 12;

    private Names() {}

    /**
     * {@return the name that is nearest to a wrong one; empty if none is near} At most a third of the letters may
     * differ, because a very different suggestion only misleads. Of names at the same distance, the one with the
     * longest common beginning is nearest.
     */
    static Optional<String> nearest(String wrong, Collection<String> existing) {
        String folded = fold(wrong);
        int limit = Math.max(2, wrong.length() / 3);
        return existing.stream()
                .filter(name -> Math.abs(name.length() - wrong.length()) <= limit)
                .map(name -> new Candidate(name, distance(folded, fold(name)), commonPrefix(folded, fold(name))))
                .filter(candidate -> candidate.distance <= limit && candidate.distance < wrong.length())
                .min(Comparator.comparingInt(Candidate::distance)
                        .thenComparing(Candidate::prefix, Comparator.reverseOrder())
                        .thenComparing(Candidate::name))
                .map(Candidate::name);
    }

    private record Candidate(String name, int distance, int prefix) {}

    /** {@return the name without the two most frequent mistakes: case, and dash instead of underscore} */
    private static String fold(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int commonPrefix(String one, String other) {
        int length = 0;
        while (length < Math.min(one.length(), other.length()) && one.charAt(length) == other.charAt(length)) {
            length++;
        }
        return length;
    }

    /** {@return the number of letters to insert, delete, replace or swap with their neighbour} */
    private static int distance(String from, String to) {
        int[][] rows = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                rows[i][j] = i == 0 ? j : j == 0 ? i : cheapest(rows, from, to, i, j);
            }
        }
        return rows[from.length()][to.length()];
    }

    private static int cheapest(int[][] rows, String from, String to, int i, int j) {
        int replaced = rows[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        int least = Math.min(replaced, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
        boolean isSwapped =
                i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        return isSwapped ? Math.min(least, rows[i - 2][j - 2] + 1) : least;
    }

    /** {@return the first names of a collection, with the number of those left out} */
    static String list(Collection<String> names) {
        String listed = names.stream().limit(LISTED).collect(Collectors.joining(", "));
        return names.size() <= LISTED ? listed : listed + " and " + (names.size() - LISTED) + " more";
    }
}
