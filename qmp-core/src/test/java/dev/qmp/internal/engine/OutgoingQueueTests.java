package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What waits to be written, in which order it goes, and what it takes to withdraw it. */
@Timeout(20)
class OutgoingQueueTests {

    private boolean maySend = true;
    private boolean maySendUrgent = true;
    /** It always has room. */
    @SuppressWarnings("unchecked")
    private final Transport<String> transport = (Transport<String>) Proxy.newProxyInstance(
            Transport.class.getClassLoader(), new Class<?>[] {Transport.class}, (proxy, method, arguments) -> true);

    private final OutgoingQueue<String> queue = new OutgoingQueue<>(new FlowControl());

    private final class FlowControl implements SessionHandler<String> {

        @Override
        public boolean maySend(String next) {
            return maySend;
        }

        @Override
        public boolean maySendUrgent(String next) {
            return maySendUrgent;
        }
    }

    private List<String> pollAll() {
        List<String> all = new ArrayList<>();
        for (String next = queue.poll(transport); next != null; next = queue.poll(transport)) {
            all.add(next);
        }
        return all;
    }

    @Test
    @DisplayName("withdrawing takes the same time however long the queue is, from its end too")
    void input46WithdrawingTakesTheSameTimeHoweverLongTheQueueIs() {
        List<String> messages = new ArrayList<>(
                IntStream.range(0, 400_000).mapToObj(String::valueOf).toList());
        messages.forEach(message -> queue.add(message, false));
        Collections.reverse(messages);

        assertThat(messages.stream().filter(queue::remove).count()).isEqualTo(messages.size());

        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.poll(transport)).isNull();
    }

    @Test
    @DisplayName("what is withdrawn is not written, and the others keep their order")
    void input46OnlyWhatIsWithdrawnIsNotWritten() {
        String twice = "twice";
        for (String message : List.of("a", twice, "b", twice, "c")) {
            queue.add(message, false);
        }
        queue.add("urgent", true);

        assertThat(queue.remove(twice)).isTrue();
        assertThat(queue.remove("b")).isTrue();
        assertThat(queue.remove("b")).isFalse();
        assertThat(queue.remove("never-queued")).isFalse();

        assertThat(pollAll()).containsExactly("urgent", "a", twice, "c");
        assertThat(queue.remove(twice)).isFalse();
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("a queue that is cleared gives what still waits, without what was withdrawn")
    void clears() {
        queue.add("a", false);
        queue.add("b", false);
        queue.add("u", true);
        queue.remove("a");

        assertThat(queue.clear()).containsExactly("u", "b");
        assertThat(queue.isEmpty()).isTrue();
        queue.add("a", false);
        assertThat(pollAll()).containsExactly("a");
    }

    @Test
    @DisplayName("C8 urgent messages overtake, and if they may not be written, all wait")
    void input41WhatIsUrgentWaitsToo() {
        queue.add("ordinary", false);
        queue.add("urgent", true);
        maySendUrgent = false;
        assertThat(pollAll()).isEmpty();

        maySendUrgent = true;
        maySend = false;
        assertThat(pollAll()).containsExactly("urgent");

        maySend = true;
        assertThat(pollAll()).containsExactly("ordinary");
    }
}
