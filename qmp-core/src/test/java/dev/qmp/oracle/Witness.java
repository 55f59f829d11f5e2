package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.Qemu;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A real QEMU that records its executed commands in three ways that must agree: its trace, a buffer in the machine to
 * which every labelled command appends, and the events on its second monitor.
 */
final class Witness implements AutoCloseable {

    private static final String RING = "log";
    private static final int RING_SIZE = 1 << 20;
    private static final int ATTEMPTS = 3;
    private static final Map<String, String> CHANGES = Map.of("stop", "STOP", "cont", "RESUME");

    private final Qemu qemu;
    private final ExecutionTrace trace;
    private final QmpClient oracle;
    private final EventMailbox events;
    private boolean guestRuns = true;

    private Witness(Qemu qemu) {
        this.qemu = qemu;
        this.trace = new ExecutionTrace(qemu.log());
        this.oracle = QmpClient.builder(qemu.oracle())
                .name("oracle")
                .reconnect(ReconnectPolicy.never())
                .livenessTimeout(Duration.ZERO)
                .build();
        this.events = oracle.events()
                .openMailbox(EventFilter.named("STOP", "RESUME"), ListenerOptions.DEFAULTS.withCapacity(100_000));
    }

    /** {@return a witness that records everything from its start on} If its QEMU dies at once, another one follows. */
    static Witness start(String... more) {
        List<String> arguments = new ArrayList<>(ExecutionTrace.ARGUMENTS);
        arguments.addAll(List.of("-chardev", "ringbuf,id=" + RING + ",size=" + RING_SIZE));
        arguments.addAll(List.of(more));
        for (int attempt = 1; ; attempt++) {
            Witness witness = new Witness(Qemu.start(arguments.toArray(String[]::new)));
            try {
                witness.oracle.blocking().connect();
                return witness;
            } catch (Throwable e) {
                boolean goesOn = attempt < ATTEMPTS && witness.qemu.hasDied();
                witness.close();
                if (!goesOn) {
                    throw e;
                }
            }
        }
    }

    /** {@return the arguments of {@code ringbuf-write} that leave a label in the machine} */
    static Map<String, String> writing(String label) {
        return Map.of("device", RING, "data", label);
    }

    Qemu qemu() {
        return qemu;
    }

    /**
     * {@return the commands executed since the last call, in order} If the machine is alive, no command may be
     * executing. If it is not, the second monitor has received all events until the end.
     */
    List<Execution> testify() {
        List<Execution> executed = trace.read();
        if (qemu.isAlive()) {
            List<String> buffered = buffered();
            executed.removeIf(one -> one.isLabelled() && trace.isDoubtful(one) && !buffered.contains(one.label()));
            assertThat(buffered).as("the machine holds what its trace says").isEqualTo(labels(executed));
            List<String> heard = heard();
            assertThat(heard).as("events of the commands traced").isEqualTo(guestChanges(executed, heard::equals));
            guestRuns =
                    heard.isEmpty() ? guestRuns : heard.get(heard.size() - 1).equals("RESUME");
        } else {
            await().until(() -> oracle.runstate() == Runstate.IDLE);
            List<String> heard = heard();
            List<String> changes = guestChanges(executed, all -> startsWith(all, heard));
            assertThat(startsWith(changes, heard))
                    .as("events heard, of the commands traced: %s of %s", heard, changes)
                    .isTrue();
        }
        return executed;
    }

    private static List<String> labels(List<Execution> executed) {
        return executed.stream()
                .filter(Execution::isLabelled)
                .map(Execution::label)
                .toList();
    }

    private List<String> buffered() {
        String all = oracle.blocking()
                .execute("ringbuf-read", Map.of("device", RING, "size", RING_SIZE))
                .stringValue();
        return Pattern.compile("(?<=;)")
                .splitAsStream(all)
                .filter(label -> !label.isEmpty())
                .toList();
    }

    private List<String> heard() {
        return events.clear().stream()
                .filter(EventSignal.Received.class::isInstance)
                .map(signal -> ((EventSignal.Received) signal).event().name())
                .toList();
    }

    private static boolean startsWith(List<String> all, List<String> first) {
        return first.size() <= all.size() && all.subList(0, first.size()).equals(first);
    }

    /** {@return the events to expect} Doubtful commands are passed over if only that fits what was heard. */
    private List<String> guestChanges(List<Execution> executed, Predicate<List<String>> fits) {
        List<String> changes = guestChanges(executed);
        if (fits.test(changes)) {
            return changes;
        }
        return executed.stream()
                .filter(one -> CHANGES.containsKey(one.name()) && trace.isDoubtful(one))
                .map(refused -> guestChanges(without(executed, refused), fits))
                .filter(fits)
                .findFirst()
                .orElse(changes);
    }

    private static List<Execution> without(List<Execution> all, Execution one) {
        return all.stream().filter(other -> !other.equals(one)).toList();
    }

    /** A guest that is stopped is not stopped again, nor one that runs resumed. */
    private List<String> guestChanges(List<Execution> executed) {
        List<String> changes = new ArrayList<>();
        String last = guestRuns ? "RESUME" : "STOP";
        for (Execution execution : executed) {
            String change = CHANGES.getOrDefault(execution.name(), last);
            if (!change.equals(last)) {
                changes.add(change);
                last = change;
            }
        }
        return changes;
    }

    /** Waits until a client has a session, and all commands sent to its machine before are done, in any session. */
    static void awaitDone(QmpClient client) {
        // in band, and so behind all else
        await("a session with what is there now")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> client.execute("query-name")
                        .handle((result, failure) -> failure == null)
                        .get(10, TimeUnit.SECONDS));
    }

    @Override
    public void close() {
        oracle.close();
        qemu.close();
    }
}
