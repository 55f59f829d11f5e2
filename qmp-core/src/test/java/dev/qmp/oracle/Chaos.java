package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One round at one place: commands flow while QEMUs are killed, frozen and replaced; then the accounts are settled. */
final class Chaos {

    private final Place place;
    private final Ledger ledger = new Ledger();
    private final SplittableRandom random;
    private final Map<String, Long> done = new ConcurrentSkipListMap<>();
    private long executed;

    Chaos(Place place, SplittableRandom random) {
        this.place = place;
        this.random = random;
    }

    /** Runs a round and compares the client's outcomes with the commands that the QEMUs executed. */
    void round(Duration length) {
        long end = System.nanoTime() + length.toNanos();
        Workload workload =
                Workload.start(place.client(), ledger, random.split(), done.getOrDefault("round", 0L) + ".", 3, 400);
        while (System.nanoTime() < end) {
            pause(1500);
            replaceIfDead();
            strike();
        }
        workload.stop();
        replaceIfDead();
        executed += ledger.balance(place.settle());
        count("round");
    }

    private void strike() {
        int kind = random.nextInt(100);
        if (kind < 30) {
            count("kill");
            awaitTraffic();
            place.kill();
            pause(300);
            place.putQemu();
        } else if (kind < 75) {
            count("freeze");
            awaitTraffic();
            freeze(random.nextBoolean() ? 200 : 4000);
        } else if (kind < 90) {
            count("replace");
            place.putQemu();
            pause(500);
            awaitTraffic();
            place.killReplaced();
        } else {
            count("disconnect");
            awaitTraffic();
            place.client().disconnect().exceptionally(failure -> null).join();
            place.client().start();
        }
    }

    /** A QEMU may also die of itself, which the accounts stand as well as any other death. */
    private void replaceIfDead() {
        place.death().ifPresent(how -> {
            count("died of itself: " + how);
            place.putQemu();
        });
    }

    private void freeze(int maxMillis) {
        try {
            place.freeze();
            pause(maxMillis);
            place.thaw();
        } catch (IllegalStateException e) {
            if (place.death().isEmpty()) {
                throw e;
            }
        }
    }

    private void count(String what) {
        done.merge(what, 1L, Long::sum);
    }

    /** Waits until commands are on the wire, so that it hurts; not for long, there may be no session. */
    private void awaitTraffic() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
        while (place.client().status().pending() == 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private void pause(int maxMillis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(maxMillis + 1)));
    }

    /** Fails unless the place has executed commands, and the client has heard replies. */
    void assertTraffic() {
        assertThat(executed).as("executed by %s", place.client().name()).isPositive();
        assertThat(ledger.totals()).as("outcomes of %s", place.client().name()).containsKey("SUCCEEDED");
    }

    @Override
    public String toString() {
        Map<String, Object> all = new TreeMap<>(done);
        all.put("executed", executed);
        all.put("reconnects", place.client().status().reconnects());
        all.put("stray replies", place.client().status().strayReplies());
        return place.client().name() + " " + all + " " + ledger.totals();
    }
}
