package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.Message;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Commands to machines that another instance holds: a request to the owner's topic, a reply to the caller's topic. A
 * topic is used because it never repeats a message by itself, and needs no thread while a machine works. {@link
 * RemoteRequests} is the caller's side, and {@link RequestedCommands} the owner's. Each instance has both.
 *
 * <p>An instance that leaves calls {@link #finish}, {@link #announceLeaving}, {@link #end} and {@link #close} in this
 * order. Until then it listens, so that each request is answered, if only by a refusal.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class RemoteCommands {

    private static final SafeLog LOGGER = SafeLog.of(RemoteCommands.class);

    static final String HAS_LEFT = "this instance has left the fleet";

    private final String me;
    private final FleetThreads threads;
    private final FleetTopics topics;
    private final LeaveNotices notices = new LeaveNotices();
    private final RemoteRequests requests;
    private final RequestedCommands commands;
    private final CompletableFuture<Void> finished = new CompletableFuture<>();
    /** Whether {@link #finish} was called. */
    private volatile boolean finishing;

    private @Nullable UUID registration;

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
        this.me = me;
        this.threads = threads;
        this.topics = new FleetTopics(hazelcast, prefix);
        this.requests = new RemoteRequests(hazelcast.getCluster(), me, topics, notices, threads, this::checkFinished);
        this.commands = new RequestedCommands(hazelcast.getCluster(), topics, held, this::checkFinished);
    }

    void open() {
        registration = topics.of(me).addMessageListener(this::received);
    }

    /** Stops listening. Requests that arrive later get no answer. */
    void close() {
        if (registration != null) {
            topics.of(me).removeMessageListener(registration);
            topics.of(me).destroy();
            registration = null;
        }
        topics.retain(Set.of());
    }

    /**
     * Sends a command to the owner of its machine.
     *
     * @param where describes the owner
     */
    CompletableFuture<JsonNode> execute(
            String owner, String where, String connection, QmpCommand command, Duration timeout) {
        return requests.execute(owner, where, connection, command, timeout);
    }

    /** On a thread of Hazelcast: must not block, and must not throw. */
    private void received(Message<String> message) {
        ObjectNode tree = FleetJson.read(message.getMessageObject());
        try {
            if (tree == null) {
                logUnprocessed(null);
            } else if (tree.has("request")) {
                commands.requested(tree);
            } else if (tree.has("reply")) {
                requests.answered(tree, tree.path("reply").asString(""));
            } else if (tree.has("cancel")) {
                commands.cancel(tree.path("cancel").asString(""));
            } else if (tree.has("leaving")) {
                left(tree.path("leaving").asString(""));
            } else if (tree.has("confirmed")) {
                notices.answeredBy(tree.path("confirmed").asString(""));
            }
        } catch (RuntimeException e) {
            logUnprocessed(e);
        }
    }

    private static void logUnprocessed(@Nullable RuntimeException failure) {
        LOGGER.warn(
                "QMP fleet: a message of another instance could not be processed; update all instances to one version",
                failure);
    }

    /**
     * Ends the requests to instances that are gone.
     *
     * @return whether there are some to look at again soon
     */
    boolean failLost(Set<String> live) {
        boolean again = requests.failLost(live);
        Set<String> instances = new HashSet<>(live);
        instances.add(me);
        topics.retain(instances);
        notices.keepLive(live);
        return again;
    }

    // ------------------------------------------------------------------ an instance that leaves

    /**
     * Refuses all further requests.
     *
     * @return completes when the requests that were taken have their answers, and this instance's own ones, too
     */
    CompletableFuture<Void> finish() {
        commands.refuseAll();
        finishing = true;
        checkFinished();
        return finished;
    }

    private void checkFinished() {
        if (finishing && commands.isEmpty() && requests.isEmpty()) {
            finished.complete(null);
        }
    }

    /** {@return completes when the other instances send nothing more to this one, or are gone} */
    CompletableFuture<Void> announceLeaving(Set<String> others) {
        CompletableFuture<Void> answered = notices.await(others);
        others.forEach(other -> topics.send(other, FleetJson.object().put("leaving", me)));
        return answered;
    }

    /** Another instance leaves. Not on the thread of Hazelcast, because requests that are being sent are waited for. */
    private void left(String instance) {
        if (!threads.callbacks().isShutdown()) {
            threads.callbacks().execute(() -> {
                notices.noteLeft(instance);
                topics.send(instance, FleetJson.object().put("confirmed", me));
            });
        }
    }

    /** {@return whether another instance has left, so that requests to it would be refused} */
    boolean hasLeft(String instance) {
        return notices.hasLeft(instance);
    }

    /** Fails all requests that have no answer, because no answer can arrive; later ones are not sent. */
    void end(String reason) {
        requests.end(reason);
        notices.keepLive(Set.of());
    }
}
