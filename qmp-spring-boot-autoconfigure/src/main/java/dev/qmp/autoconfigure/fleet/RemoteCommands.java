package dev.qmp.autoconfigure.fleet;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Commands to machines that another instance holds: a request to the owner's topic, a reply to the caller's topic. A
 * topic is used because it never repeats a message by itself, and needs no thread while a machine works. If the topic
 * loses a message, the command has an unknown outcome after its deadline. The owner takes a request at most once, and
 * never after its deadline.
 *
 * <p>An instance that leaves calls {@link #finish}, {@link #sayFarewell}, {@link #end} and {@link #close} in this
 * order. Until then it listens, so that each request is answered, if only by a refusal.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class RemoteCommands {

    private static final Log LOGGER = LogFactory.getLog(RemoteCommands.class);

    /** The time for the way to the owner and back, on top of the command's deadline. */
    private static final Duration WAY = Duration.ofSeconds(2);

    /** A reply can still be on its way when the cluster has noticed that its sender is gone. */
    private static final long LOST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** QEMU reads a big command byte by byte; the core adds as much to its deadline. */
    private static final int BYTES_PER_MILLI = 50;

    private static final int REMEMBERED = 65_536;

    static final String HAS_LEFT = "this instance has left the fleet";

    private final HazelcastInstance hazelcast;
    private final Cluster cluster;
    private final String prefix;
    private final String me;
    private final BiFunction<String, QmpCommand, @Nullable CompletableFuture<JsonNode>> held;
    private final FleetThreads threads;
    private final AtomicLong sequence = new AtomicLong();
    private final Map<String, Request> requests = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<JsonNode>> executing = new ConcurrentHashMap<>();
    private final Map<String, ITopic<String>> topics = new ConcurrentHashMap<>();
    private final RecentIds taken = new RecentIds(REMEMBERED);
    private final Farewells farewells = new Farewells();
    private final CompletableFuture<Void> finished = new CompletableFuture<>();
    /** Whether all further requests of other instances are refused. */
    private volatile boolean finishing;
    /** Why no further request is sent; null before the end. */
    private volatile @Nullable String endReason;

    private @Nullable UUID registration;

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
     * Creates the commands.
     *
     * @param held executes a command on a machine that this instance holds, and returns null for others
     */
    RemoteCommands(
            HazelcastInstance hazelcast,
            String prefix,
            String me,
            BiFunction<String, QmpCommand, @Nullable CompletableFuture<JsonNode>> held,
            FleetThreads threads) {
        this.hazelcast = hazelcast;
        this.cluster = hazelcast.getCluster();
        this.prefix = prefix;
        this.me = me;
        this.held = held;
        this.threads = threads;
    }

    void open() {
        registration = topic(me).addMessageListener(this::received);
    }

    /** Stops listening. Requests that arrive later get no answer. */
    void close() {
        if (registration != null) {
            topic(me).removeMessageListener(registration);
            topic(me).destroy();
            registration = null;
        }
        topics.clear();
    }

    private ITopic<String> topic(String instance) {
        return topics.computeIfAbsent(instance, id -> hazelcast.getTopic(prefix + ".fleet.commands." + id));
    }

    // ------------------------------------------------------------------ the caller

    CompletableFuture<JsonNode> execute(
            String owner, String where, String connection, QmpCommand command, Duration timeout) {
        if (command.fileDescriptor() != null) {
            return CompletableFuture.failedFuture(new NotSentException(
                    command.name(),
                    NotSentException.Reason.UNSENDABLE,
                    "a file descriptor cannot travel to the owner, which is " + where,
                    null));
        }
        String id = me + ":" + sequence.incrementAndGet();
        Request request = new Request(owner, where, command.name(), timeout);
        String text = write(id, connection, command, timeout);
        requests.put(id, request);
        request.result.whenComplete((value, failure) -> ended(id, request));
        Duration limit = timeout.plus(WAY).plusMillis(text.length() / BYTES_PER_MILLI);
        String unsent = endReason; // after the put: end() sets it, and then reads the map
        if (unsent == null) {
            unsent = publish(request, text, limit);
        }
        if (unsent != null) {
            notSent(request, unsent);
        }
        return request.result;
    }

    /** {@return why the request was certainly not sent; null if it was} */
    private @Nullable String publish(Request request, String text, Duration limit) {
        ITopic<String> topic;
        try {
            topic = topic(request.owner);
            request.deadline =
                    threads.timer().schedule(() -> timedOut(request), limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (HazelcastInstanceNotActiveException | RejectedExecutionException e) {
            return HAS_LEFT;
        }
        if (!request.begun.compareAndSet(false, true)) {
            return HAS_LEFT;
        }
        try {
            boolean sent = farewells.send(request.owner, () -> topic.publish(text));
            return sent ? null : request.where + " has left the fleet";
        } catch (RuntimeException e) {
            fail(
                    request,
                    "the request to " + request.where + " failed: "
                            + e.getClass().getSimpleName());
            return null;
        }
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
        if (request.result.isCancelled()) {
            send(request.owner, FleetJson.object().put("cancel", id));
        }
        checkFinished();
    }

    private static void notSent(Request request, String detail) {
        request.result.completeExceptionally(
                new NotSentException(request.command, NotSentException.Reason.NOT_CONNECTED, detail, null));
    }

    private void timedOut(Request request) {
        String detail = "no answer of " + request.where + " within " + request.timeout.toMillis() + " ms and "
                + WAY.toMillis() + " ms for the way";
        fail(request, OutcomeUnknownException.Reason.TIMED_OUT, detail);
    }

    private void fail(Request request, String detail) {
        fail(request, OutcomeUnknownException.Reason.DISCONNECTED, detail);
    }

    private void fail(Request request, OutcomeUnknownException.Reason reason, String detail) {
        if (request.decided.compareAndSet(false, true)) {
            OutcomeUnknownException failure = new OutcomeUnknownException(request.command, reason, detail, null);
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
                notSent(request, reason);
            } else {
                fail(request, reason + " before " + request.where + " answered");
            }
        }
        farewells.keepLive(Set.of());
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
                fail(request, request.where + " was lost before it answered");
            }
        }
        topics.keySet().removeIf(instance -> !live.contains(instance) && !instance.equals(me));
        farewells.keepLive(live);
        return again;
    }

    private void answered(ObjectNode reply, String id) {
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

    // ------------------------------------------------------------------ the owner

    /** On a thread of Hazelcast: must not block, and must not throw. */
    private void received(Message<String> message) {
        ObjectNode tree = FleetJson.read(message.getMessageObject());
        try {
            if (tree == null) {
                LOGGER.warn("A message of another instance cannot be read, and is dropped");
            } else if (tree.has("request")) {
                requested(tree);
            } else if (tree.has("reply")) {
                answered(tree, tree.path("reply").asString(""));
            } else if (tree.has("cancel")) {
                CompletableFuture<JsonNode> cancelled =
                        executing.get(tree.path("cancel").asString(""));
                if (cancelled != null) {
                    cancelled.cancel(false);
                }
            } else if (tree.has("leaving")) {
                left(tree.path("leaving").asString(""));
            } else if (tree.has("farewell")) {
                farewells.answeredBy(tree.path("farewell").asString(""));
            }
        } catch (RuntimeException e) {
            LOGGER.warn("A message of another instance failed", e);
        }
    }

    private void requested(ObjectNode tree) {
        String id = tree.path("request").asString("");
        String from = tree.path("from").asString("");
        if (!taken.add(id)) {
            return;
        }
        QmpCommand command = command(tree);
        String name = command == null ? "?" : command.name();
        long age = cluster.getClusterTime() - tree.path("sent").asLong(0);
        long remaining = tree.path("timeout").asLong(0) - Math.max(age, 0);
        if (command == null) {
            refuse(from, id, name, NotSentException.Reason.UNSENDABLE, "the request cannot be read");
        } else if (remaining <= 0) {
            refuse(from, id, name, NotSentException.Reason.TIMED_OUT, "its deadline had passed when it arrived");
        } else {
            String connection = tree.path("connection").asString("");
            CompletableFuture<JsonNode> result =
                    begin(id, connection, command.withTimeout(Duration.ofMillis(remaining)));
            if (result == null) {
                String detail = finishing ? "the instance leaves the fleet" : "the machine is not held there any more";
                refuse(from, id, name, NotSentException.Reason.NOT_CONNECTED, detail);
                return;
            }
            result.whenComplete((value, failure) -> {
                if (!result.isCancelled()) {
                    send(from, Outcomes.write(name, value, failure).put("reply", id));
                }
                executing.remove(id); // after the answer, for which an instance that leaves waits
                checkFinished();
            });
        }
    }

    /** {@return the outcome of a command; null if it is not executed here} */
    private @Nullable CompletableFuture<JsonNode> begin(String id, String connection, QmpCommand command) {
        executing.put(id, new CompletableFuture<>()); // before finishing is read: finish() sets it, and reads this map
        CompletableFuture<JsonNode> result;
        try {
            result = finishing ? null : held.apply(connection, command);
        } catch (RuntimeException e) {
            LOGGER.warn("A message of another instance failed", e);
            result = CompletableFuture.failedFuture(e);
        }
        if (result == null) {
            executing.remove(id);
            checkFinished();
        } else {
            executing.put(id, result);
        }
        return result;
    }

    private static @Nullable QmpCommand command(ObjectNode tree) {
        if (!(tree.get("message") instanceof ObjectNode message)) {
            return null;
        }
        try {
            QmpCommand command = QmpCommand.fromMessage(message);
            return tree.path("withoutReply").asBoolean(false) ? command.withoutReply() : command;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    // ------------------------------------------------------------------ an instance that leaves

    /**
     * Refuses all further requests.
     *
     * @return completes when the requests that were taken have their answers, and this instance's own ones, too
     */
    CompletableFuture<Void> finish() {
        finishing = true;
        checkFinished();
        return finished;
    }

    private void checkFinished() {
        if (finishing && executing.isEmpty() && requests.isEmpty()) {
            finished.complete(null);
        }
    }

    /** {@return completes when the other instances send nothing more to this one, or are gone} */
    CompletableFuture<Void> sayFarewell(Set<String> others) {
        CompletableFuture<Void> answered = farewells.await(others);
        others.forEach(other -> send(other, FleetJson.object().put("leaving", me)));
        return answered;
    }

    /** Another instance leaves. Not on the thread of Hazelcast, because requests that are being sent are waited for. */
    private void left(String instance) {
        if (!threads.callbacks().isShutdown()) {
            threads.callbacks().execute(() -> {
                farewells.noteLeft(instance);
                send(instance, FleetJson.object().put("farewell", me));
            });
        }
    }

    /** {@return whether another instance has left, so that requests to it would be refused} */
    boolean hasLeft(String instance) {
        return farewells.hasLeft(instance);
    }

    private void refuse(String from, String id, String command, NotSentException.Reason reason, String detail) {
        NotSentException refusal = new NotSentException(command, reason, detail, null);
        send(from, Outcomes.write(command, null, refusal).put("reply", id));
    }

    private void send(String instance, ObjectNode tree) {
        try {
            topic(instance).publish(FleetJson.write(tree));
        } catch (RuntimeException e) {
            LOGGER.debug("A message to another instance was not sent", e); // its deadline ends the command
        }
    }
}
