package dev.qmp.benchmark;

/**
 * Whose turn it is. The rivals of a benchmark take turns in one JVM, an iteration each: what the machine does besides
 * concerns all of them alike, and each is compared with the iterations of its rival just before and just after its own.
 *
 * <p>The rivals are the constants of an enum {@code Rival} within the benchmark, where {@link Scores} looks for them.
 */
public final class Turns<R extends Enum<R>> {

    private final R[] rivals;
    private int iteration = -1;

    /** Creates the turns of all the constants of an enum. */
    public Turns(Class<R> rivals) {
        this.rivals = rivals.getEnumConstants();
    }

    /** Begins the next turn; for the setup of an iteration. */
    public void next() {
        iteration++;
    }

    /** {@return whose turn it is} */
    public R now() {
        return rivals[iteration % rivals.length];
    }
}
