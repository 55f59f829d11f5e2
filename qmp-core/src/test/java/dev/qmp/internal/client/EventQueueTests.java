package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.message.QmpEvent;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A full queue reports its losses, and loses no break. */
class EventQueueTests {

    private static EventQueue queue(OverflowPolicy overflow) {
        return new EventQueue(new ListenerOptions(2, overflow, 0));
    }

    private static List<EventSignal> drain(EventQueue queue) {
        return queue.inMailbox().drain();
    }

    private static void event(EventQueue queue, String name) {
        queue.add(new EventSignal.Received(QmpEvent.of(name)));
    }

    private static void breakDown(EventQueue queue) {
        queue.add(new EventSignal.Disconnected(null, true));
        queue.add(new EventSignal.Connected(null));
    }

    private static List<String> textsOf(List<EventSignal> signals) {
        return signals.stream()
                .map(signal -> signal instanceof EventSignal.Received received
                        ? received.event().name()
                        : signal instanceof EventSignal.Gap gap
                                ? "gap " + gap.lost()
                                : signal.getClass().getSimpleName())
                .toList();
    }

    @Test
    @DisplayName("G7 a server that flaps does not fill a queue of any policy")
    void staysBoundedWhileAServerFlaps() {
        for (OverflowPolicy overflow : OverflowPolicy.values()) {
            EventQueue queue = queue(overflow);
            for (int i = 0; i < 1000; i++) {
                event(queue, "E" + i);
                breakDown(queue);
            }
            assertThat(drain(queue)).as("%s", overflow).hasSizeLessThanOrEqualTo(7);
        }
    }

    @Test
    @DisplayName("G6 the newest are dropped: breaks and gaps keep their places")
    void keepsBreaksAmongTheNewest() {
        EventQueue queue = queue(OverflowPolicy.DROP_NEWEST);
        event(queue, "A");
        event(queue, "B");
        event(queue, "C");
        breakDown(queue);
        event(queue, "D");
        breakDown(queue);
        event(queue, "E");

        assertThat(queue.poll()).isInstanceOf(EventSignal.Received.class);
        event(queue, "F");
        event(queue, "G");
        assertThat(textsOf(drain(queue)))
                .containsExactly("B", "gap 2", "Disconnected", "Connected", "gap 1", "F", "gap 1");
        assertThat(queue.lost()).isEqualTo(4);
    }

    @Test
    @DisplayName("G6 the oldest are dropped: a break among them is delivered before the signals after it")
    void keepsBreaksAmongTheOldest() {
        EventQueue queue = queue(OverflowPolicy.DROP_OLDEST);
        event(queue, "A");
        breakDown(queue);
        event(queue, "B");
        event(queue, "C");
        event(queue, "D");

        assertThat(textsOf(drain(queue))).containsExactly("gap 1", "Disconnected", "Connected", "gap 1", "C", "D");
        assertThat(queue.lost()).isEqualTo(2);
    }
}
