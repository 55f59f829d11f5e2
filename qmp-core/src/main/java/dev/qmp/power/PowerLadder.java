package dev.qmp.power;

import dev.qmp.error.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The steps of a power down, from polite to forcible, each with the time that it has. Immutable.
 *
 * <pre>{@code
 * PowerLadder.none().ask(Duration.ofMinutes(2)).ask(Duration.ofMinutes(1)).quit(Duration.ofSeconds(10)).kill();
 * }</pre>
 */
public final class PowerLadder {

    private static final Duration KILL_LIMIT = Duration.ofSeconds(20);
    private static final PowerLadder NONE = new PowerLadder(List.of());

    private final List<Step> steps;

    private PowerLadder(List<Step> steps) {
        this.steps = steps;
    }

    /** The action of a step. */
    public enum Action {
        /** Presses the power button ({@code system_powerdown}); the guest's operating system decides. */
        ASK,
        /** Ends QEMU by the command {@code quit}. QEMU writes its caches, and the guest is not notified. */
        QUIT,
        /** Kills the process; see {@link dev.qmp.process.QemuProcess#kill()}. */
        KILL
    }

    /**
     * A step.
     *
     * @param action the action
     * @param limit how long to wait for its effect before the next step
     */
    public record Step(Action action, Duration limit) {
        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if the limit is not positive
         */
        public Step {
            Objects.requireNonNull(action, "action");
            limit = Checks.positive("limit", limit);
        }
    }

    /** {@return a ladder without steps} */
    public static PowerLadder none() {
        return NONE;
    }

    /**
     * {@return the ladder of {@code ask} with 60 s, {@code ask} with 30 s, and {@code quit} with 10 s} It kills no
     * process.
     */
    public static PowerLadder standard() {
        return NONE.ask(Duration.ofSeconds(60)).ask(Duration.ofSeconds(30)).quit(Duration.ofSeconds(10));
    }

    /**
     * {@return this ladder with one more {@link Action#ASK}} A guest may need a second press of its power button.
     *
     * @throws IllegalArgumentException if the limit is not positive
     */
    public PowerLadder ask(Duration limit) {
        return plus(Action.ASK, limit);
    }

    /**
     * {@return this ladder with {@link Action#QUIT}}
     *
     * @throws IllegalArgumentException if the limit is not positive
     */
    public PowerLadder quit(Duration limit) {
        return plus(Action.QUIT, limit);
    }

    /**
     * {@return this ladder with {@link Action#KILL} and its limit of 20 s} It needs {@link
     * Power#of(dev.qmp.process.QemuProcess)}.
     */
    public PowerLadder kill() {
        return plus(Action.KILL, KILL_LIMIT);
    }

    /** {@return this ladder with one more step} */
    PowerLadder plus(Action action, Duration limit) {
        Objects.requireNonNull(limit, "limit");
        List<Step> all = new ArrayList<>(steps);
        all.add(new Step(action, limit));
        return new PowerLadder(List.copyOf(all));
    }

    /** {@return the steps, in their order} */
    public List<Step> steps() {
        return steps;
    }

    /** {@return the steps as text} */
    @Override
    public String toString() {
        return "PowerLadder" + steps;
    }
}
