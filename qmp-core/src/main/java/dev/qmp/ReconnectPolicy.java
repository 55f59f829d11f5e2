package dev.qmp;

import dev.qmp.error.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * When the client tries again after a session was lost, or an attempt failed. Policies are immutable; their schedules
 * are not.
 *
 * <p>Another attempt follows every failure that can be remedied outside the client: a missing file or folder, no
 * permission, a path that is not a socket, an unknown host, a certificate that is not accepted, a peer that speaks
 * another protocol. Of the failures, only these end the attempts ({@link
 * dev.qmp.protocol.QmpConnectException#isRetryable()} is false), because the client itself has to change:
 *
 * <ul>
 * <li>another machine than before ({@link IdentityPolicy#SAME})
 * <li>a server that greets, and a client with {@link QmpClientBuilder#awaitGreeting awaitGreeting(false)}
 * <li>a socket's path that no system call accepts, or an endpoint that cannot carry file descriptors
 * <li>closed event loops
 * </ul>
 *
 * <p>Then {@link QmpClientStatus#reconnecting()} is false, and {@link QmpClient#start()} resumes the attempts. A client
 * in {@link ConnectMode#LISTEN} goes on listening after every failure that its peer caused.
 */
@FunctionalInterface
public interface ReconnectPolicy {

    /**
     * {@return the delays of one series of attempts} A new series begins after each session in which the peer has sent
     * anything. For a client that listens, it begins after each peer that connected.
     *
     * @throws IllegalStateException if the policy is not {@linkplain #isEnabled() enabled}, as {@link #never()}
     */
    Schedule newSchedule();

    /** {@return whether there is ever another attempt} */
    default boolean isEnabled() {
        return true;
    }

    /** The delays of one series of attempts. Used by one thread at a time. */
    @FunctionalInterface
    interface Schedule {

        /** {@return the delay before the next attempt} If it throws or returns null, the attempts end, with a log. */
        Duration nextDelay();
    }

    /** {@return the policy that never tries again} */
    static ReconnectPolicy never() {
        return NeverReconnect.INSTANCE;
    }

    /**
     * {@return growing delays: 100 ms, then 1.6 times as long each time, up to 30 s; each varied by up to 20 % at
     * random}
     */
    static Exponential exponential() {
        return exponential(Duration.ofMillis(100), 1.6, 0.2, Duration.ofSeconds(30));
    }

    /**
     * {@return growing delays, with the values of {@link Exponential}}
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    static Exponential exponential(Duration initialDelay, double multiplier, double jitter, Duration maxDelay) {
        return new Exponential(initialDelay, multiplier, jitter, maxDelay);
    }

    /**
     * Growing delays.
     *
     * @param initialDelay the first delay, positive
     * @param multiplier the factor from each delay to the next; 1.0 or more
     * @param jitter the share by which each delay varies at random; 0.0 to 1.0. So the clients of one host do not
     *     connect all at once
     * @param maxDelay the longest delay, before it is varied, so that a delay is at most {@code maxDelay} times
     *     {@code 1 + jitter}; not less than the first
     */
    record Exponential(Duration initialDelay, double multiplier, double jitter, Duration maxDelay)
            implements ReconnectPolicy {

        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if a value is out of its range
         */
        public Exponential {
            initialDelay = Checks.positive("initialDelay", initialDelay);
            Objects.requireNonNull(maxDelay, "maxDelay");
            if (!(multiplier >= 1.0) || Double.isInfinite(multiplier)) {
                throw new IllegalArgumentException("multiplier must be 1.0 or more, not " + multiplier);
            }
            if (!(jitter >= 0.0 && jitter <= 1.0)) {
                throw new IllegalArgumentException("jitter must be from 0.0 to 1.0, not " + jitter);
            }
            if (maxDelay.compareTo(initialDelay) < 0) {
                throw new IllegalArgumentException("maxDelay must be at least initialDelay, not " + maxDelay);
            }
        }

        @Override
        public Schedule newSchedule() {
            return new Schedule() {

                private double millis = millis(initialDelay);

                @Override
                public Duration nextDelay() {
                    double current = Math.min(millis, millis(maxDelay));
                    millis = Math.min(millis * multiplier, millis(maxDelay));
                    double variation =
                            1 + jitter * (2 * ThreadLocalRandom.current().nextDouble() - 1);
                    return Duration.ofNanos((long) (current * variation * 1e6));
                }
            };
        }

        /** A delay longer than 292 years counts as 292 years. */
        private static double millis(Duration delay) {
            return TimeUnit.NANOSECONDS.convert(delay) / 1e6;
        }
    }
}
