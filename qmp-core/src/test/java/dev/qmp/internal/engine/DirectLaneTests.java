package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The right to write, between the loop and one other thread. */
@Timeout(60)
class DirectLaneTests {

    private final List<String> output = new ArrayList<>();
    private final AtomicInteger wakeUps = new AtomicInteger();
    private boolean takesAll = true;
    private @Nullable Error failure;
    private final DirectLane<String> lane =
            new DirectLane<>(InlineScheduler.WITHOUT_TIMERS, new ListedOutput(), wakeUps::incrementAndGet);

    private final class ListedOutput implements DirectOutput<String> {

        private String unwritten = "";

        @Override
        public void encode(String message) {
            unwritten = message;
        }

        @Override
        public boolean write() {
            if (failure != null) {
                throw failure;
            }
            int taken = takesAll ? unwritten.length() : 1;
            output.add(unwritten.substring(0, taken));
            unwritten = unwritten.substring(taken);
            return takesAll;
        }

        @Override
        public void writeRest() {
            output.add(unwritten);
        }
    }

    private void write(String message) {
        lane.encode(message);
        lane.write();
    }

    @Test
    @DisplayName("a closed lane cannot be taken, and an open one only once")
    void onlyOneThreadTakesIt() {
        assertThat(lane.take()).isFalse();
        lane.open();
        assertThat(lane.take()).isTrue();
        assertThat(lane.take()).isFalse();
        write("a");
        lane.leave("a");
        assertThat(lane.take()).as("not opened again").isFalse();
        assertThat(output).containsExactly("a");
        assertThat(wakeUps).hasValue(0);
    }

    @Test
    @DisplayName("the loop claims an open lane, which cannot be taken then")
    void claimOfAnOpenLane() {
        lane.open();
        assertThat(lane.claim()).isTrue();
        assertThat(lane.take()).isFalse();
    }

    @Test
    @DisplayName("the loop does not write while a thread is in the lane, and is woken when it leaves")
    void claimOfATakenLane() {
        lane.open();
        lane.take();
        assertThat(lane.isUnclaimed()).isTrue();
        assertThat(lane.claim()).isFalse();
        assertThat(lane.claim()).isFalse();
        assertThat(lane.isUnclaimed()).isFalse();
        lane.open(); // nothing opens it as long as the loop waits for it
        lane.leave(null);
        assertThat(wakeUps).hasValue(1);
        assertThat(lane.take()).isFalse();
        assertThat(lane.claim()).isTrue();
    }

    @Test
    @DisplayName("the lane can be opened for the next thread before the first has left")
    void openedBeforeTheThreadHasLeft() {
        lane.open();
        lane.take();
        write("a");
        lane.messageKnown();
        lane.open();
        assertThat(lane.take()).isFalse();
        lane.leave("a");
        assertThat(lane.take()).isTrue();
        assertThat(wakeUps).hasValue(0);

        write("b");
        lane.messageKnown();
        lane.open();
        assertThat(lane.claim()).as("after it was opened for the next one").isFalse();
        lane.leave("b");
        assertThat(wakeUps).hasValue(1);
        assertThat(lane.take()).isFalse();
        lane.open();
        assertThat(lane.take()).as("the loop knows the last message").isTrue();
    }

    @Test
    @DisplayName("as long as the loop does not know the last message, the lane stays closed")
    void oneUnknownMessageOnly() {
        lane.open();
        lane.take();
        lane.open();
        write("a");
        lane.leave("a");
        lane.open();
        assertThat(lane.claim()).isTrue();
        lane.open();
        assertThat(lane.take()).isFalse();
        lane.messageKnown();
        lane.open();
        assertThat(lane.take()).isTrue();
    }

    @Test
    @DisplayName("a thread that has written nothing leaves no message to be known")
    void leftWithoutAMessage() {
        lane.open();
        lane.take();
        lane.leave(null);
        lane.open();
        assertThat(lane.take()).isTrue();
        assertThat(lane.claim()).isFalse();
        lane.leave(null);
        assertThat(wakeUps).hasValue(1);
        lane.open();
        assertThat(lane.take()).isTrue();
    }

    @Test
    @DisplayName("the loop writes the rest of a message before anything else")
    void restOfAMessage() {
        takesAll = false;
        lane.open();
        lane.take();
        write("abc");
        assertThat(lane.claim()).isFalse();
        lane.leave("abc");
        assertThat(wakeUps).hasValue(1);
        assertThat(lane.claim()).as("with a rest, nothing else is written").isFalse();
        lane.open();
        assertThat(lane.take()).isFalse();

        assertThat(lane.takeRest()).isEqualTo("abc");
        assertThat(output).containsExactly("a", "bc");
        assertThat(lane.takeRest()).isNull();
        assertThat(lane.claim()).isTrue();
    }

    @Test
    @DisplayName("if a thread fails to write its message, the loop writes it")
    void failedWrite() {
        failure = new StackOverflowError();
        lane.open();
        lane.take();
        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> write("abc"));
        lane.leave("abc");
        assertThat(wakeUps).hasValue(1);
        assertThat(lane.claim()).isFalse();
        assertThat(lane.takeRest()).isEqualTo("abc");
        assertThat(output).containsExactly("abc");
        assertThat(lane.claim()).isTrue();
    }

    @Test
    @DisplayName("if a thread leaves before it writes its message, the loop writes it")
    void notWritten() {
        lane.open();
        lane.take();
        lane.encode("abc");
        lane.leave("abc");
        assertThat(wakeUps).hasValue(1);
        assertThat(lane.takeRest()).isEqualTo("abc");
        assertThat(output).containsExactly("abc");
    }

    @Test
    @DisplayName("a thread that leaves a rest closes the lane that the loop has opened for the next one")
    void restInALaneOpenedForTheNext() {
        takesAll = false;
        lane.open();
        lane.take();
        write("abc");
        lane.messageKnown();
        lane.open();
        lane.leave("abc");
        assertThat(lane.take()).isFalse();
        assertThat(lane.takeRest()).isEqualTo("abc");
        assertThat(output).containsExactly("a", "bc");
    }

    @Test
    @DisplayName(
            "threads and the loop never write at the same time; no message is lost, and no refused claim forgotten")
    void neverTwoWriters() throws InterruptedException {
        AtomicInteger writing = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger left = new AtomicInteger();
        AtomicInteger overwritten = new AtomicInteger();
        AtomicReference<String> message = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        DirectLane<String> shared =
                new DirectLane<>(InlineScheduler.WITHOUT_TIMERS, new NoOutput(), wakeUps::incrementAndGet);
        CountDownLatch ended = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
            new Thread(() -> {
                        for (int count = 0; !over.get(); count++) {
                            if (!shared.take()) {
                                continue;
                            }
                            most.accumulateAndGet(writing.incrementAndGet(), Math::max);
                            String written = count % 8 > 0 ? "a message" : null; // now and then it leaves without one
                            if (written != null) {
                                overwritten.addAndGet(message.getAndSet(written) == null ? 0 : 1);
                                left.incrementAndGet();
                                shared.write();
                            }
                            writing.decrementAndGet();
                            shared.leave(written);
                        }
                        ended.countDown();
                    })
                    .start();
        }
        int refused = 0;
        int known = 0;
        for (int turn = 0; turn < 200_000 || known == 0; turn++) {
            if (message.getAndSet(null) != null) {
                shared.messageKnown();
                known++;
            }
            shared.open();
            int before = wakeUps.get();
            if (turn % 4 > 0) {
                continue;
            }
            if (shared.claim()) {
                most.accumulateAndGet(writing.incrementAndGet(), Math::max);
                writing.decrementAndGet();
            } else {
                refused++;
                while (wakeUps.get() == before) {
                    Thread.onSpinWait();
                }
            }
        }
        over.set(true);
        ended.await();
        known += message.get() == null ? 0 : 1;
        assertThat(most).hasValue(1);
        assertThat(overwritten).hasValue(0);
        assertThat(left).hasValue(known);
        assertThat(wakeUps).hasValue(refused);
    }

    private static final class NoOutput implements DirectOutput<String> {

        @Override
        public void encode(String message) {}

        @Override
        public boolean write() {
            return true;
        }

        @Override
        public void writeRest() {}
    }
}
