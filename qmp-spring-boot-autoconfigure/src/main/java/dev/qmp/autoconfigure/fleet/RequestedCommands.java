package dev.qmp.autoconfigure.fleet;

import com.hazelcast.cluster.Cluster;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.error.NotSentException;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The owner's side of {@link RemoteCommands}: commands that other instances request of this one. Each request is taken
 * at most once, and never after its deadline.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class RequestedCommands {

    private static final SafeLog LOGGER = SafeLog.of(RequestedCommands.class);

    private static final int REMEMBERED = 65_536;

    private final Cluster cluster;
    private final FleetTopics topics;
    private final BiFunction<String, QmpCommand, @Nullable CompletableFuture<JsonNode>> held;
    private final Runnable commandEnded;
    private final Map<String, CompletableFuture<JsonNode>> executing = new ConcurrentHashMap<>();
    private final RecentIds taken = new RecentIds(REMEMBERED);
    /** Whether all further requests are refused. */
    private volatile boolean refusing;

    /**
     * Creates the commands.
     *
     * @param held executes a command on a machine that this instance holds, and returns null for others
     * @param commandEnded called when a command has its answer
     */
    RequestedCommands(
            Cluster cluster,
            FleetTopics topics,
            BiFunction<String, QmpCommand, @Nullable CompletableFuture<JsonNode>> held,
            Runnable commandEnded) {
        this.cluster = cluster;
        this.topics = topics;
        this.held = held;
        this.commandEnded = commandEnded;
    }

    /** Executes a request, or refuses it. */
    void requested(ObjectNode tree) {
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
                String detail = refusing ? "the instance leaves the fleet" : "the machine is not held there any more";
                refuse(from, id, name, NotSentException.Reason.NOT_CONNECTED, detail);
                return;
            }
            result.whenComplete((value, failure) -> {
                try {
                    if (!result.isCancelled()) {
                        topics.send(from, Outcomes.write(name, value, failure).put("reply", id));
                    }
                } finally {
                    executing.remove(id); // after the answer, for which an instance that leaves waits
                    commandEnded.run();
                }
            });
        }
    }

    /** {@return the outcome of a command; null if it is not executed here} */
    private @Nullable CompletableFuture<JsonNode> begin(String id, String connection, QmpCommand command) {
        executing.put(id, new CompletableFuture<>()); // before refusing is read, which is set before this map is read
        CompletableFuture<JsonNode> result;
        try {
            result = refusing ? null : held.apply(connection, command);
        } catch (Throwable e) { // such as an OutOfMemoryError: the caller and a stop of this instance await the outcome
            LOGGER.warn(
                    "QMP connection '" + Text.printable(connection)
                            + "': a command of another instance failed in this one",
                    e);
            result = CompletableFuture.failedFuture(e);
        }
        if (result == null) {
            executing.remove(id);
            commandEnded.run();
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

    /** Cancels a command, because its caller has cancelled the request. */
    void cancel(String id) {
        CompletableFuture<JsonNode> cancelled = executing.get(id);
        if (cancelled != null) {
            cancelled.cancel(false);
        }
    }

    /** Refuses all further requests. */
    void refuseAll() {
        refusing = true;
    }

    /** {@return whether all commands have their answers} */
    boolean isEmpty() {
        return executing.isEmpty();
    }

    private void refuse(String from, String id, String command, NotSentException.Reason reason, String detail) {
        NotSentException refusal = new NotSentException(command, reason, detail, null);
        topics.send(from, Outcomes.write(command, null, refusal).put("reply", id));
    }
}
