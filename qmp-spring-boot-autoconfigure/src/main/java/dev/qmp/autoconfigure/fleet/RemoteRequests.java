package dev.qmp.autoconfigure.fleet;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.topic.ITopic;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The caller's side of {@link RemoteCommands}: this instance's requests to other instances, until their outcomes. If a
 * message is lost, the command has an unknown outcome after its deadline.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class RemoteRequests {

    /** The time for the transfer to the owner and back, on top of the command's deadline. */
    private static final Duration TRANSIT = Duration.ofSeconds(2);

    /** A reply can still be on its way when the cluster has noticed that its sender is gone. */
    private static final long LOST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** QEMU reads a big command byte by byte; the core's {@code PendingCommand} adds as much to its deadline. */
    static final int BYTES_PER_MILLI = 50;

    private final Cluster cluster;
    private final String me;
    private final FleetTopics topics;
    private final LeaveNotices notices;
    private final FleetThreads threads;
    private final Runnable requestEnded;
    private final AtomicLong sequence = new AtomicLong();
    private final Map<String, Request> requests = new ConcurrentHashMap<>();
    /** Why no further request is sent; null before the end. */
    private volatile @Nullable String endReason;

    /** A request that has no reply. */
    private static final class Request {

        private final String owner;
        private final String where;
        private final String command;
        private final Duration timeout;
        private final CompletableFuture<JsonNode> result = new CompletableFuture<>();
        /** Set once: by the sender before it sends, or by the end of this instance, so that it is never sent. */
        private final AtomicBoolean begun = new AtomicBoolean();
        /** Set once: by the answer, the deadline or the loss of the owner. The order of callbacks does not matter. */
        private final AtomicBoolean decided = new AtomicBoolean();

        private volatile long lostAt;
        private volatile @Nullable ScheduledFuture<?> deadline;

        Request(String owner, String where, String command, Duration timeout) {
            this.owner = owner;
            this.where = where;
            this.command = command;
            this.timeout = timeout;
        }
    }

    /**
     * Creates the requests.
     *
     * @param requestEnded called when a request has ended
     */
    RemoteRequests(
            Cluster cluster,
            String me,
            FleetTopics topics,
            LeaveNotices notices,
            FleetThreads threads,
            Runnable requestEnded) {
        this.cluster = cluster;
        this.me = me;
        this.topics = topics;
        this.notices = notices;
        this.threads = threads;
        this.requestEnded = requestEnded;
    }

    CompletableFuture<JsonNode> execute(
            String owner, String where, String connection, QmpCommand command, Duration timeout) {
        if (command.fileDescriptor() != null) {
            return CompletableFuture.failedFuture(new NotSentException(
                    command.name(),
                    NotSentException.Reason.UNSENDABLE,
                    "a file descriptor cannot be sent to the owner, which is " + where,
                    null));
        }
        String id = me + ":" + sequence.incrementAndGet();
        Request request = new Request(owner, where, command.name(), timeout);
        String text = write(id, connection, command, timeout);
        requests.put(id, request);
        request.result.whenComplete((value, failure) -> ended(id, request));
        Duration limit = timeout.plus(TRANSIT).plusMillis(text.length() / BYTES_PER_MILLI);
        String ended = endReason; // after the put: end() sets it, and then reads the map
        if (ended == null) {
            publish(request, text, limit);
        } else {
            notSent(request, ended, null);
        }
        return request.result;
    }

    /** Publishes a request. If that fails, the request ends, because it may have no deadline that would end it. */
    private void publish(Request request, String text, Duration limit) {
        ITopic<String> topic;
        try {
            topic = topics.of(request.owner);
            request.deadline = threads.limit(limit, () -> timedOut(request));
        } catch (HazelcastInstanceNotActiveException | RejectedExecutionException e) {
            notSent(request, RemoteCommands.HAS_LEFT, null);
            return;
        } catch (Throwable e) { // such as an OutOfMemoryError
            notSent(request, failed(request, e), e);
            return;
        }
        if (!request.begun.compareAndSet(false, true)) {
            notSent(request, RemoteCommands.HAS_LEFT, null);
            return;
        }
        try {
            if (!notices.send(request.owner, () -> topic.publish(text))) {
                notSent(request, request.where + " has left the fleet", null);
            }
        } catch (Throwable e) {
            fail(request, OutcomeUnknownException.Reason.DISCONNECTED, failed(request, e), e);
        }
    }

    private static String failed(Request request, Throwable failure) {
        return "the request to " + request.where + " failed: "
                + failure.getClass().getSimpleName();
    }

    private String write(String id, String connection, QmpCommand command, Duration timeout) {
        ObjectNode tree = FleetJson.object()
                .put("request", id)
                .put("from", me)
                .put("connection", connection)
                .put("sent", cluster.getClusterTime())
                .put("timeout", timeout.toMillis());
        ObjectNode message = tree.putObject("message");
        message.put(command.isOutOfBand() ? "exec-oob" : "execute", command.name());
        if (command.arguments() != null) {
            message.set("arguments", command.arguments());
        }
        if (command.extra() != null) {
            message.setAll(command.extra());
        }
        if (command.isWithoutReply()) {
            tree.put("withoutReply", true);
        }
        return FleetJson.write(tree);
    }

    private void ended(String id, Request request) {
        requests.remove(id);
        ScheduledFuture<?> deadline = request.deadline;
        if (deadline != null) {
            deadline.cancel(false);
        }
        try {
            if (request.result.isCancelled()) {
                topics.send(request.owner, FleetJson.object().put("cancel", id));
            }
        } finally {
            requestEnded.run();
        }
    }

    private static void notSent(Request request, String detail, @Nullable Throwable cause) {
        request.result.completeExceptionally(
                new NotSentException(request.command, NotSentException.Reason.NOT_CONNECTED, detail, cause));
    }

    private void timedOut(Request request) {
        String detail = "no answer of " + request.where + " within " + request.timeout.toMillis() + " ms, and "
                + TRANSIT.toMillis() + " ms for the transfer";
        fail(request, OutcomeUnknownException.Reason.TIMED_OUT, detail, null);
    }

    private void disconnected(Request request, String detail) {
        fail(request, OutcomeUnknownException.Reason.DISCONNECTED, detail, null);
    }

    private void fail(
            Request request, OutcomeUnknownException.Reason reason, String detail, @Nullable Throwable cause) {
        if (request.decided.compareAndSet(false, true)) {
            OutcomeUnknownException failure = new OutcomeUnknownException(request.command, reason, detail, cause);
            complete(() -> request.result.completeExceptionally(failure));
        }
    }

    /** Runs the completion of a decided request. Nothing else completes it, so it also runs if the fleet is closed. */
    private void complete(Runnable completion) {
        try {
            threads.callbacks().execute(completion);
        } catch (Throwable e) {
            completion.run();
        }
    }

    /** Fails all requests that have no answer, because no answer can arrive; later ones are not sent. */
    void end(String reason) {
        endReason = reason;
        for (Request request : requests.values()) {
            if (request.begun.compareAndSet(false, true)) {
                notSent(request, reason, null);
            } else {
                disconnected(request, reason + " before " + request.where + " answered");
            }
        }
    }

    /**
     * Ends the requests to instances that are gone.
     *
     * @return whether there are some to look at again soon
     */
    boolean failLost(Set<String> live) {
        boolean again = false;
        long now = System.nanoTime();
        for (Request request : requests.values()) {
            if (live.contains(request.owner)) {
                request.lostAt = 0;
            } else if (request.lostAt == 0) {
                request.lostAt = now;
                again = true;
            } else if (now - request.lostAt < LOST_NANOS) {
                again = true;
            } else {
                disconnected(request, request.where + " was lost before it answered");
            }
        }
        return again;
    }

    /** Ends a request with its reply. */
    void answered(ObjectNode reply, String id) {
        Request request = requests.get(id);
        if (request == null) {
            return; // decided already, for example by its deadline
        }
        RuntimeException failure = Outcomes.read(request.command, reply, request.timeout, request.where);
        if (!request.decided.compareAndSet(false, true)) {
            return;
        }
        complete(() -> {
            if (failure == null) {
                request.result.complete(reply.get("value"));
            } else {
                request.result.completeExceptionally(failure);
            }
        });
    }

    /** {@return whether no request awaits its reply} */
    boolean isEmpty() {
        return requests.isEmpty();
    }
}
