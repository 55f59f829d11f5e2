package dev.qmp;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * When to try again after a session was lost, or an attempt at one failed. Immutable; schedules are its mutable part.
 *
 * <p>An attempt follows every failure that the world can remedy: a missing file or folder, no permission, a path that
 * is not a socket, an unknown host, a certificate that is not accepted, a peer that speaks another protocol. Only these
 * failures end the attempts ({@link dev.qmp.protocol.QmpConnectException#isRetryable()} is false), because the client
 * itself has to change:
 *
 * <ul>
 *   <li>another machine than before ({@link IdentityPolicy#SAME})
 *   <li>a server that greets, and a client with {@link QmpClientBuilder#awaitGreeting awaitGreeting(false)}
 *   <li>a socket's path that no system call takes, or an endpoint that cannot carry file descriptors
 *   <li>closed event loops
 * </ul>
 *
 * <p>Then {@link QmpClientStatus#reconnecting()} is false, and {@link QmpClient#start()} resumes. A client that listens
 * ({@link ConnectMode#LISTEN}) goes on listening whatever its peer did.
 */
@FunctionalInterface
public interface ReconnectPolicy {

    /**
     * {@return the delays of one series of attempts} A new series begins after each session in which anything was heard
     * of the peer; for a client that listens, after each peer that came.
     */
    Schedule newSchedule();

    /** {@return whether there is ever another attempt} */
    default boolean isEnabled() {
        return true;
    }

    /** The delays of one series of attempts. Used by one thread at a time. */
    @FunctionalInterface
    interface Schedule {

        /** {@return how long to wait before the next attempt} One that throws ends the attempts, which is logged. */
        Duration nextDelay();
    }

    /** {@return the policy never to try again} */
    static ReconnectPolicy never() {
        return new NoReconnect();
    }

    /** {@return growing delays: 100 ms, times 1.6 each time, up to 30 s, each 20 % more or less by chance} */
    static ReconnectPolicy exponential() {
        return exponential(Duration.ofMillis(100), 1.6, 0.2, Duration.ofSeconds(30));
    }

    /**
     * {@return growing delays}
     *
     * @param initialDelay the first delay, positive
     * @param multiplier what each delay is multiplied with to give the next, 1.0 or more
     * @param jitter by which share each delay varies by chance, so that clients of one host do not come all at once;
     *     0.0 to 1.0
     * @param maxDelay what the delays grow to, not less than the first
     */
    static ReconnectPolicy exponential(Duration initialDelay, double multiplier, double jitter, Duration maxDelay) {
        Objects.requireNonNull(initialDelay, "initialDelay");
        Objects.requireNonNull(maxDelay, "maxDelay");
        if (initialDelay.isNegative() || initialDelay.isZero()) {
            throw new IllegalArgumentException("initialDelay must be positive, not " + initialDelay);
        }
        if (!(multiplier >= 1.0) || Double.isInfinite(multiplier)) {
            throw new IllegalArgumentException("multiplier must be 1.0 or more, not " + multiplier);
        }
        if (!(jitter >= 0.0 && jitter <= 1.0)) {
            throw new IllegalArgumentException("jitter must be between 0.0 and 1.0, not " + jitter);
        }
        if (maxDelay.compareTo(initialDelay) < 0) {
            throw new IllegalArgumentException("maxDelay must not be less than initialDelay, but is " + maxDelay);
        }
        return () -> new Schedule() {

            private double millis = millis(initialDelay);

            @Override
            public Duration nextDelay() {
                double current = Math.min(millis, millis(maxDelay));
                millis = Math.min(millis * multiplier, millis(maxDelay));
                double chance = 1 + jitter * (2 * ThreadLocalRandom.current().nextDouble() - 1);
                return Duration.ofNanos((long) (current * chance * 1e6));
            }
        };
    }

    /** For ever is 292 years. */
    private static double millis(Duration delay) {
        return TimeUnit.NANOSECONDS.convert(delay) / 1e6;
    }
}
