package dev.qmp.oracle;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMatch;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Threads that issue commands at one client, in bursts, and enter them in a ledger, until they are stopped. */
final class Workload {

    private static final Duration EVENT = Duration.ofSeconds(2);
    private static final long BOUND_SECONDS = 60;

    private final QmpClient client;
    private final Ledger ledger;
    private final int maxPauseMillis;
    private final List<CompletableFuture<Void>> threads = new ArrayList<>();
    private volatile boolean stopped;

    private Workload(QmpClient client, Ledger ledger, int maxPauseMillis) {
        this.client = client;
        this.ledger = ledger;
        this.maxPauseMillis = maxPauseMillis;
    }

    /**
     * Starts writers, and one thread that stops and resumes the guest and awaits the event.
     *
     * @param prefix of the labels
     */
    static Workload start(
            QmpClient client, Ledger ledger, SplittableRandom random, String prefix, int writers, int maxPauseMillis) {
        Workload workload = new Workload(client, ledger, maxPauseMillis);
        for (int i = 0; i < writers; i++) {
            String thread = prefix + i + "-";
            SplittableRandom own = random.split();
            workload.spawn(() -> workload.write(thread, own));
        }
        SplittableRandom own = random.split();
        workload.spawn(() -> workload.stopAndResume(own));
        return workload;
    }

    /** Has the threads finish what they have issued, and waits for them. */
    void stop() {
        stopped = true;
        CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new))
                .orTimeout(2 * BOUND_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    private void spawn(Runnable task) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        threads.add(end);
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                        end.complete(null);
                    } catch (Throwable e) {
                        end.completeExceptionally(e);
                    }
                },
                "workload");
        thread.setDaemon(true);
        thread.start();
    }

    private void write(String prefix, SplittableRandom random) {
        int sequence = 0;
        while (!stopped) {
            List<CompletableFuture<Void>> burst = new ArrayList<>();
            for (int left = random.nextInt(1, 32); left > 0; left--) {
                int kind = random.nextInt(100);
                if (kind < 80) {
                    String label = prefix + sequence++ + ";";
                    burst.add(ledger.enter(
                            "ringbuf-write", label, client.execute("ringbuf-write", Witness.writing(label))));
                } else {
                    // a long reply; that to qom-list-types is longer, but QEMU 10 and 11 crash at it without a machine
                    String query = kind < 97 ? "query-status" : "query-commands";
                    burst.add(ledger.enter(query, "", client.execute(query)));
                }
            }
            await(CompletableFuture.allOf(burst.toArray(CompletableFuture[]::new)));
            pause(random);
        }
    }

    private void stopAndResume(SplittableRandom random) {
        for (boolean stop = true; !stopped; stop = !stop) {
            String name = stop ? "stop" : "cont";
            EventMatch completion = EventFilter.named(stop ? "STOP" : "RESUME");
            await(ledger.enter(
                    name,
                    "",
                    client.start(Operation.of(QmpCommand.of(name), completion, EVENT))
                            .result()));
            pause(random);
        }
    }

    /** Waits for the outcomes. Every command has one within a bounded time. */
    private static void await(CompletableFuture<Void> outcomes) {
        outcomes.orTimeout(BOUND_SECONDS, TimeUnit.SECONDS).join();
    }

    private void pause(SplittableRandom random) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(maxPauseMillis + 1)));
    }
}
