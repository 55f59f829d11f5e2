package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.internal.transport.LocalLoops;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * How clients come to a session, from a moment on.
 *
 * @param millis until the last one has a session
 * @param attempts how many attempts began in each {@link #BIN}
 * @param sessions how many clients had a session at the end of each
 */
record ReturnCurve(long millis, List<Long> attempts, List<Long> sessions) {

    static final Duration BIN = Duration.ofMillis(100);

    private static final Duration LIMIT = Duration.ofMinutes(3);

    /**
     * Follows the clients until each of them has begun an attempt and all have a session.
     *
     * @param begin what begins it, such as the loss of all
     */
    static ReturnCurve of(List<QmpClient> clients, LocalLoops loops, Runnable begin) {
        List<Long> attempts = new ArrayList<>();
        List<Long> sessions = new ArrayList<>();
        long before = loops.dials();
        long last = before;
        long start = System.nanoTime();
        begin.run();
        for (long bin = 1; bin * BIN.toNanos() < LIMIT.toNanos(); bin++) {
            LockSupport.parkNanos(start + bin * BIN.toNanos() - System.nanoTime());
            long dials = loops.dials();
            long running = running(clients);
            attempts.add(dials - last);
            sessions.add(running);
            last = dials;
            if (running == clients.size() && dials - before >= clients.size()) {
                return new ReturnCurve((System.nanoTime() - start) / 1_000_000, attempts, sessions);
            }
        }
        throw new IllegalStateException(
                "after " + LIMIT + ", " + running(clients) + " of " + clients.size() + " clients have a session");
    }

    /** {@return the number of all attempts} */
    long allAttempts() {
        return attempts.stream().mapToLong(Long::longValue).sum();
    }

    private static long running(List<QmpClient> clients) {
        return clients.stream()
                .filter(client -> client.runstate() == Runstate.RUNNING)
                .count();
    }
}
