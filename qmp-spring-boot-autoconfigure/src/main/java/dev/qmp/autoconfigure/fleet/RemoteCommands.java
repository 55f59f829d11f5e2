package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Commands to machines that another instance holds: a request to the owner's topic, a reply to the caller's. A topic is
 * used because it never repeats a message by itself, and needs no thread while a machine works. What it loses is an
 * unknown outcome after the deadline. The owner takes a request once, and not after its deadline.
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

    private final HazelcastInstance hazelcast;
    private final String prefix;
    private final String me;
    private final BiFunction<String, QmpCommand, @Nullable CompletableFuture<JsonNode>> held;
    private final FleetThreads threads;
    private final AtomicLong sequence = new AtomicLong();
    private final Map<String, Request> requests = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<JsonNode>> executing = new ConcurrentHashMap<>();
    private final Map<String, ITopic<String>> topics = new ConcurrentHashMap<>();
    private final Map<String, Boolean> taken = Collections.synchronizedMap(new Remembered());
    private @Nullable UUID registration;

    /** A request that has no reply. */
    private static final class Request {

        private final String owner;
        private final String where;
        private final String command;
        private final Duration timeout;
        private final CompletableFuture<JsonNode> result = new CompletableFuture<>();
        private volatile long lostAt;
        private volatile @Nullable ScheduledFuture<?> deadline;

        Request(String owner, String where, String command, Duration timeout) {
            this.owner = owner;
            this.where = where;
            this.command = command;
            this.timeout = timeout;
        }
    }

    /** The requests taken last. */
    private static final class Remembered extends LinkedHashMap<String, Boolean> {

        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
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
        this.prefix = prefix;
        this.me = me;
        this.held = held;
        this.threads = threads;
    }

    void open() {
        registration = topic(me).addMessageListener(this::received);
    }

    void close() {
        if (registration != null) {
            topic(me).removeMessageListener(registration);
            topic(me).destroy();
            registration = null;
        }
        requests.values()
                .forEach(request ->
                        fail(request, "this instance has left the fleet before " + request.where + " answered"));
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
        request.deadline = threads.timer().schedule(() -> timedOut(request), limit.toMillis(), TimeUnit.MILLISECONDS);
        try {
            topic(owner).publish(text);
        } catch (RuntimeException e) {
            fail(request, "the request to " + where + " failed: " + e.getClass().getSimpleName());
        }
        return request.result;
    }

    private String write(String id, String connection, QmpCommand command, Duration timeout) {
        ObjectNode tree = FleetJson.object()
                .put("request", id)
                .put("from", me)
                .put("connection", connection)
                .put("sent", hazelcast.getCluster().getClusterTime())
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
    }

    private void timedOut(Request request) {
        threads.callbacks()
                .execute(() -> request.result.completeExceptionally(new OutcomeUnknownException(
                        request.command,
                        OutcomeUnknownException.Reason.TIMED_OUT,
                        "no answer of " + request.where + " within " + request.timeout.toMillis() + " ms and "
                                + WAY.toMillis() + " ms for the way",
                        null)));
    }

    private void fail(Request request, String detail) {
        threads.callbacks()
                .execute(() -> request.result.completeExceptionally(new OutcomeUnknownException(
                        request.command, OutcomeUnknownException.Reason.DISCONNECTED, detail, null)));
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
        return again;
    }

    private void answered(ObjectNode reply, String id) {
        Request request = requests.get(id);
        if (request == null) {
            return; // given up meanwhile
        }
        RuntimeException failure = Outcomes.read(request.command, reply, request.timeout, request.where);
        threads.callbacks().execute(() -> {
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
            }
        } catch (RuntimeException e) {
            LOGGER.warn("A message of another instance failed", e);
        }
    }

    private void requested(ObjectNode tree) {
        String id = tree.path("request").asString("");
        String from = tree.path("from").asString("");
        if (taken.putIfAbsent(id, true) != null) {
            return;
        }
        QmpCommand command = command(tree);
        String name = command == null ? "?" : command.name();
        long age = hazelcast.getCluster().getClusterTime() - tree.path("sent").asLong(0);
        long remaining = tree.path("timeout").asLong(0) - Math.max(age, 0);
        if (command == null) {
            refuse(from, id, name, NotSentException.Reason.UNSENDABLE, "the request cannot be read");
        } else if (remaining <= 0) {
            refuse(from, id, name, NotSentException.Reason.TIMED_OUT, "its deadline had passed when it arrived");
        } else {
            String connection = tree.path("connection").asString("");
            CompletableFuture<JsonNode> result =
                    held.apply(connection, command.withTimeout(Duration.ofMillis(remaining)));
            if (result == null) {
                refuse(from, id, name, NotSentException.Reason.NOT_CONNECTED, "the machine is not held there any more");
                return;
            }
            executing.put(id, result);
            result.whenComplete((value, failure) -> {
                executing.remove(id);
                if (!result.isCancelled()) {
                    send(from, Outcomes.write(name, value, failure).put("reply", id));
                }
            });
        }
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
