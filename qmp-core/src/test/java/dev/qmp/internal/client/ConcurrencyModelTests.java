package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.message.QmpEvent;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/**
 * What several threads really share, under every interleaving that a model checker can think of: each must look as if one
 * operation had come after the other.
 */
// its agent rewrites classes of the JDK, and knows those up to 21
@EnabledForJreRange(max = JRE.JAVA_21)
class ConcurrencyModelTests {

    private static ModelCheckingOptions small(int iterations) {
        return new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(2)
                .iterations(iterations)
                .invocationsPerIteration(100);
    }

    private static final EventSignal STOP = new EventSignal.Received(QmpEvent.of("STOP"));
    private static final EventSignal RESUME = new EventSignal.Received(QmpEvent.of("RESUME"));

    /** Room in the queue of commands, given to callers of any thread. */
    public static final class Admission {

        private final CommandTable table = new CommandTable(2);

        @Operation
        public boolean admit() {
            return table.admit();
        }

        @Operation
        public int queued() {
            return table.queued();
        }
    }

    /** A listener's queue, filled, emptied and ended by different threads. */
    public static final class Mailbox {

        private final EventQueue queue = new EventQueue(new ListenerOptions(2, OverflowPolicy.DROP_OLDEST, 0));

        @Operation
        public int addStop() {
            return queue.add(STOP);
        }

        @Operation
        public int addResume() {
            return queue.add(RESUME);
        }

        @Operation
        public String poll() {
            EventSignal signal = queue.poll();
            return signal == STOP
                    ? "STOP"
                    : signal == RESUME ? "RESUME" : signal instanceof EventSignal.Gap ? "a gap" : "nothing";
        }

        @Operation
        public long lost() {
            return queue.lost();
        }

        @Operation
        public void end() {
            queue.end(new ListenerException("over", null));
        }
    }

    @Test
    @DisplayName("#34 #47 nobody is refused while there is room, and nobody admitted while there is none")
    void admission() {
        small(5).check(Admission.class);
    }

    @Test
    @DisplayName("#50 #53 every event is read once, in order, or counted as lost")
    void mailbox() {
        small(1).check(Mailbox.class);
    }
}
