package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.topic.ITopic;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.testing.Waits;
import java.io.FileDescriptor;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Requests that get no reply. The owner's topic loses each message. */
@Timeout(30)
class RemoteRequestsTests {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final HazelcastInstance member = mock(HazelcastInstance.class);

    @SuppressWarnings("unchecked")
    private final ITopic<String> topic = mock(ITopic.class);

    private final FleetThreads threads = new FleetThreads();
    private final AtomicInteger ended = new AtomicInteger();
    private final RemoteRequests requests = new RemoteRequests(
            mock(Cluster.class),
            "caller",
            new FleetTopics(member, "fleet1"),
            new LeaveNotices(),
            threads,
            ended::incrementAndGet);

    @BeforeEach
    void open() {
        given(member.<String>getTopic("fleet1.fleet.commands.owner")).willReturn(topic);
    }

    @AfterEach
    void close() {
        threads.close();
    }

    private CompletableFuture<JsonNode> send(QmpCommand command) {
        return requests.execute("owner", "instance owner", "vm0", command, TIMEOUT);
    }

    /** Nothing is left of the request, for which a stop would wait. */
    private void awaitEnd() {
        await().untilAsserted(() -> {
            assertThat(requests.isEmpty()).isTrue();
            assertThat(ended).hasValue(1);
        });
    }

    @Test
    void aLostMessageHasAnUnknownOutcomeAfterTheDeadline() {
        CompletableFuture<JsonNode> lost = send(QmpCommand.of("stop"));
        verify(topic).publish(anyString());
        ScheduledFuture<?> deadline =
                (ScheduledFuture<?>) threads.timer().getQueue().element();
        assertThat(Duration.ofNanos(deadline.getDelay(TimeUnit.NANOSECONDS)))
                .isBetween(
                        TIMEOUT, TIMEOUT.plusSeconds(3)); // two for the transfer, and a little for the message's length
        assertThat(lost).isNotDone();
        ((Runnable) deadline).run(); // as if the time had passed
        assertThat(Waits.failureOf(lost))
                .isInstanceOfSatisfying(OutcomeUnknownException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(OutcomeUnknownException.Reason.TIMED_OUT))
                .hasMessageContaining("no answer of instance owner within 20000 ms, and 2000 ms for the transfer");
        awaitEnd();
    }

    @Test
    @DisplayName("#83 a reply that arrived in a pause is read, although the deadline has passed meanwhile")
    void aReplyCanBeReadAfterAPause() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        threads.timer().execute(() -> Waits.awaitUninterruptibly(over));
        long begun = System.nanoTime();
        CompletableFuture<JsonNode> sent =
                requests.execute("owner", "instance owner", "vm0", QmpCommand.of("stop"), Duration.ofMillis(10));
        await().until(() -> System.nanoTime() - begun > Duration.ofMillis(2100).toNanos());
        over.countDown();
        threads.timer().submit(() -> {}).get(); // after the deadline

        requests.answered(QmpJson.object().put("outcome", "returned").put("value", 42), "caller:1");
        assertThat(sent.get(10, TimeUnit.SECONDS).intValue()).isEqualTo(42);
        awaitEnd();
    }

    @Test
    @DisplayName("#83 a lost message has an unknown outcome soon after a pause")
    void aMessageCanBeLostInAPause() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        threads.timer().execute(() -> Waits.awaitUninterruptibly(over));
        long begun = System.nanoTime();
        CountDownLatch ended = new CountDownLatch(1);
        threads.limit(Duration.ofMillis(10), ended::countDown);
        await().until(() -> System.nanoTime() - begun > Duration.ofMillis(50).toNanos());
        over.countDown();
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
    }

    static Stream<Throwable> failures() {
        return Stream.of(new HazelcastException("for a test"), new InternalError("for a test"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aPublicationThatFailsHasAnUnknownOutcome(Throwable failure) {
        willThrow(failure).given(topic).publish(anyString());
        assertThat(Waits.failureOf(send(QmpCommand.of("stop"))))
                .isInstanceOfSatisfying(OutcomeUnknownException.class, unknown -> assertThat(unknown.reason())
                        .isEqualTo(OutcomeUnknownException.Reason.DISCONNECTED))
                .hasMessageContaining("the request to instance owner failed: "
                        + failure.getClass().getSimpleName())
                .hasCause(failure);
        awaitEnd();
        assertThat(threads.timer().getQueue()).as("deadlines").isEmpty();
    }

    /** The request has no deadline yet, which would end it. */
    @ParameterizedTest
    @MethodSource("failures")
    void aRequestWithoutATopicIsNotSent(Throwable failure) {
        given(member.<String>getTopic(anyString())).willThrow(failure);
        assertThat(Waits.failureOf(send(QmpCommand.of("stop"))))
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("the request to instance owner failed: "
                        + failure.getClass().getSimpleName())
                .hasCause(failure);
        awaitEnd();
    }

    /** A stop of this instance waits for the end of its requests. */
    @ParameterizedTest
    @MethodSource("failures")
    void aCancelledRequestEndsAlthoughItsCancellationIsNotSent(Throwable failure) {
        CompletableFuture<JsonNode> cancelled = send(QmpCommand.of("stop"));
        willThrow(failure).given(topic).publish(anyString());
        assertThat(cancelled.cancel(false)).isTrue();
        verify(topic, times(2)).publish(anyString());
        awaitEnd();
        assertThat(threads.timer().getQueue()).as("deadlines").isEmpty();
    }

    @Test
    void aRequestAfterTheEndOfHazelcastOrOfTheTimerIsNotSent() {
        threads.close();
        assertThat(Waits.failureOf(send(QmpCommand.of("stop"))))
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("this instance has left the fleet");
        given(member.<String>getTopic(anyString())).willThrow(new HazelcastInstanceNotActiveException());
        assertThat(Waits.failureOf(send(QmpCommand.of("stop"))))
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("this instance has left the fleet");
        verify(topic, never()).publish(anyString());
        assertThat(requests.isEmpty()).isTrue();
    }

    @Test
    void aFileDescriptorDoesNotTravel() {
        assertThat(Waits.failureOf(send(QmpCommand.of("getfd").withFileDescriptor(FileDescriptor.in))))
                .isInstanceOfSatisfying(NotSentException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(NotSentException.Reason.UNSENDABLE))
                .hasMessageContaining("a file descriptor cannot be sent to the owner, which is instance owner");
        verify(topic, never()).publish(anyString());
        assertThat(requests.isEmpty()).isTrue();
    }

    /** With another speed, the caller's deadline would end a big command before the owner's does. */
    @Test
    void theTimeForABigCommandIsThatOfTheCore() throws ReflectiveOperationException {
        Field core = Class.forName("dev.qmp.internal.client.PendingCommand").getDeclaredField("BYTES_PER_MILLI");
        core.setAccessible(true);
        assertThat(core.get(null)).isEqualTo(RemoteRequests.BYTES_PER_MILLI);
    }
}
