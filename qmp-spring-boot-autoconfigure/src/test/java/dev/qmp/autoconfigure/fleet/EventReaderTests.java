package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import com.hazelcast.topic.ReliableMessageListener;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.invocation.InvocationOnMock;

/** Hazelcast ends a listener after a failure that it cannot handle. Here the test decides when. */
@Timeout(30)
class EventReaderTests {

    @SuppressWarnings("unchecked")
    private final ITopic<String> topic = mock(ITopic.class);

    private final FleetThreads threads = new FleetThreads();
    private final List<String> published = new CopyOnWriteArrayList<>();
    private final EventReader reader =
            new EventReader(topic, threads, published::add, lost -> published.add("lost " + lost));
    private final List<ReliableMessageListener<String>> listeners = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() {
        willAnswer(this::added).given(topic).addMessageListener(any());
        given(topic.removeMessageListener(any())).willAnswer(call -> {
            last().onCancel(); // as Hazelcast does
            return true;
        });
        reader.open(41);
    }

    @AfterEach
    void close() {
        threads.close();
    }

    private UUID added(InvocationOnMock call) {
        listeners.add(call.getArgument(0));
        return UUID.randomUUID();
    }

    private ReliableMessageListener<String> last() {
        return listeners.get(listeners.size() - 1);
    }

    private void receive(long sequence, String text) {
        last().storeSequence(sequence);
        last().onMessage(new Message<>("events", text, 0, null));
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs what waits for its time, as if the time had passed. */
    private void passTime() {
        Runnable next = threads.timer().getQueue().element();
        threads.timer().getQueue().remove(next);
        next.run();
    }

    @Test
    void aListenerThatHazelcastEndsIsReplacedAtTheSamePlace() {
        receive(42, "first");
        last().onCancel();
        passTime();
        assertThat(listeners).hasSize(2);
        assertThat(last().retrieveInitialSequence()).isEqualTo(43);
        receive(45, "fourth");
        await().until(() -> published.size() == 3);
        assertThat(published).containsExactly("first", "lost 2", "fourth");
    }

    static List<Throwable> failures() {
        return List.of(new HazelcastException("for a test"), new InternalError("for a test"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void anAttemptToReadOnThatFailsIsRepeated(Throwable failure) {
        last().onCancel();
        willThrow(failure).willAnswer(this::added).given(topic).addMessageListener(any());
        passTime();
        assertThat(listeners).hasSize(1);
        passTime();
        assertThat(listeners).hasSize(2);
        assertThat(threads.timer().getQueue()).isEmpty();
    }

    /** Each hand-over that ends is an occasion to read on. */
    @Test
    void oneAttemptToReadOnIsScheduledWhileManyHandOversEnd() throws InterruptedException {
        CountDownLatch slow = new CountDownLatch(1);
        threads.publish(() -> awaitLatch(slow));
        for (int i = 0; i < 3; i++) {
            receive(42 + i, "event " + i);
        }
        willThrow(new HazelcastException("for a test")).given(topic).addMessageListener(any());
        last().onCancel();
        slow.countDown();
        CountDownLatch ended = new CountDownLatch(1);
        threads.publish(ended::countDown);
        ended.await();
        assertThat(published).containsExactly("event 0", "event 1", "event 2");
        assertThat(threads.timer().getQueue()).hasSize(1);
        passTime();
        assertThat(threads.timer().getQueue()).hasSize(1);
        willAnswer(this::added).given(topic).addMessageListener(any());
        passTime();
        assertThat(last().retrieveInitialSequence()).isEqualTo(45);
        assertThat(threads.timer().getQueue()).isEmpty();
    }

    /** The attempt for the earlier listener is still scheduled. */
    @Test
    void aListenerThatEndsSoonAfterAnOpenIsReplacedOnce() {
        last().onCancel();
        reader.open(50);
        last().onCancel();
        assertThat(threads.timer().getQueue()).hasSize(1);
        passTime();
        assertThat(listeners).hasSize(3);
        assertThat(last().retrieveInitialSequence()).isEqualTo(51);
        last().onCancel();
        assertThat(threads.timer().getQueue()).hasSize(1);
    }

    @Test
    void nothingIsReadAfterTheEndOfHazelcast() {
        last().onCancel();
        willThrow(new HazelcastInstanceNotActiveException()).given(topic).addMessageListener(any());
        passTime();
        assertThat(threads.timer().getQueue()).isEmpty();
    }

    @Test
    void aListenerThatTheReaderRemovesIsNotReplaced() {
        reader.close();
        assertThat(threads.timer().getQueue()).isEmpty();
        reader.open(50);
        listeners.get(0).onCancel();
        assertThat(threads.timer().getQueue()).isEmpty();
        assertThat(last().retrieveInitialSequence()).isEqualTo(51);
    }

    @Test
    void nothingIsReadAfterAClose() {
        last().onCancel();
        reader.close();
        passTime();
        assertThat(listeners).hasSize(1);
    }
}
