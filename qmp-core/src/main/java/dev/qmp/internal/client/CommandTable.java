package dev.qmp.internal.client;

import dev.qmp.CommandInFlight;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * The commands of a session from their id to the release of their places. It is used on the event loop. {@link
 * CommandCounts} has their numbers, which any thread can read.
 */
@BottomHalf
final class CommandTable {

    /** The initial capacity of the map, which grows with the commands in flight. */
    private static final int FEW = 2;

    /** The number of ids that are kept of commands without a reply. They identify a reply that arrives nevertheless. */
    private static final int MAX_KEPT_IDS = 64;

    /**
     * The commands by id, in the order of their issue. The event loop is the only writer. Its changes, and reads of
     * other threads, hold the lock.
     */
    private final Map<String, PendingCommand<?>> byId = new LinkedHashMap<>(FEW);

    /** Null before the first command that is done without a reply. */
    private @Nullable Set<String> keptIds;

    private final CommandCounts counts;
    private final CommandIds ids;
    private final SendWindow window;

    /**
     * Creates an empty table.
     *
     * @param counts the numbers of all admitted commands, which include those that have not entered yet
     * @param ids the ids of the session
     * @param window counts the commands on the wire; this table reports them to it
     */
    CommandTable(CommandCounts counts, CommandIds ids, SendWindow window) {
        this.counts = counts;
        this.ids = ids;
        this.window = window;
    }

    /** {@return the numbers of the commands, and of those that are admitted and not entered yet} */
    @UpperHalf
    CommandCounts counts() {
        return counts;
    }

    // ------------------------------------------------------------------ any thread

    /** {@return the commands in the order of their issue, {@code limit} at most} */
    @UpperHalf
    List<CommandInFlight> oldest(int limit) {
        List<PendingCommand<?>> commands = new ArrayList<>();
        synchronized (byId) {
            byId.values().stream().limit(limit).forEach(commands::add);
        }
        long now = System.nanoTime();
        return commands.stream().map(command -> inFlight(command, now)).toList();
    }

    private static CommandInFlight inFlight(PendingCommand<?> command, long now) {
        CommandInFlight.Stage stage =
                switch (command.stage()) {
                    case QUEUED -> CommandInFlight.Stage.QUEUED;
                    case WRITTEN -> CommandInFlight.Stage.WRITTEN;
                    case ABANDONED -> CommandInFlight.Stage.ABANDONED;
                };
        Duration age = Duration.ofNanos(Math.max(0, now - command.issuedAt()));
        return new CommandInFlight(command.command().name(), age, stage);
    }

    // ------------------------------------------------------------------ a command's way

    /** Enters a command with a new id. */
    QmpCommand enter(PendingCommand<?> command) {
        String text = ids.next();
        QmpCommand withId = command.command().withId(StringNode.valueOf(text));
        command.withId(withId);
        put(text, command);
        return withId;
    }

    /** Enters a command that its caller has written, with the id that {@link CommandIds} made for it. */
    void enterWritten(PendingCommand<?> command, String text) {
        put(text, command);
        window.written(command);
    }

    private void put(String text, PendingCommand<?> command) {
        synchronized (byId) {
            byId.put(text, command);
        }
    }

    /** Notes that a queued command is written. */
    void written(PendingCommand<?> command) {
        command.moveTo(Stage.WRITTEN);
        window.written(command);
    }

    /** Queues a written command again, because the server has rejected it without executing it. */
    void requeue(PendingCommand<?> command) {
        window.done(command);
        command.moveTo(Stage.QUEUED);
    }

    /** Marks a written command as abandoned. It keeps its place on the wire. */
    void abandon(PendingCommand<?> command) {
        command.moveTo(Stage.ABANDONED);
        window.abandoned(command);
    }

    /** Removes a command in any stage. */
    void leave(PendingCommand<?> command) {
        QmpCommand sent = command.withId();
        JsonNode id = sent == null ? null : sent.id();
        if (id == null || !remove(id.stringValue())) {
            return;
        }
        command.release();
        if (command.stage() != Stage.QUEUED) {
            window.done(command);
        }
    }

    private boolean remove(String id) {
        synchronized (byId) {
            return byId.remove(id) != null;
        }
    }

    /** Frees the place of a command that is done without a reply. Its id is kept to recognize a reply to it. */
    void removeButKeepId(PendingCommand<?> command) {
        QmpCommand sent = command.withId();
        leave(command);
        if (sent == null || sent.id() == null) {
            return;
        }
        Set<String> kept = keptIds == null ? new LinkedHashSet<>() : keptIds;
        keptIds = kept;
        kept.add(sent.id().stringValue());
        if (kept.size() > MAX_KEPT_IDS) {
            kept.remove(kept.iterator().next());
        }
    }

    /**
     * Forgets the id of a command that was done without a reply.
     *
     * @return whether the id was kept by {@link #removeButKeepId}
     */
    boolean forgetKeptId(@Nullable JsonNode id) {
        return keptIds != null && id != null && id.isString() && keptIds.remove(id.stringValue());
    }

    // ------------------------------------------------------------------ queries

    @Nullable
    PendingCommand<?> find(@Nullable JsonNode id) {
        return id == null || !id.isString() ? null : byId.get(id.stringValue());
    }

    /** {@return whether a command is in the table} It has no id before it enters. */
    boolean has(PendingCommand<?> command) {
        QmpCommand withId = command.withId();
        return withId != null && find(withId.id()) == command;
    }

    /** {@return whether there is no command at all} */
    boolean isEmpty() {
        return byId.isEmpty();
    }

    /** {@return whether no caller waits for a command} */
    boolean isQuiet() {
        return byId.size() == counts.abandoned();
    }

    /**
     * {@return the commands that are written and not answered, abandoned ones included, in the order of their issue}
     */
    List<PendingCommand<?>> onWire() {
        List<PendingCommand<?>> written = new ArrayList<>();
        for (PendingCommand<?> command : byId.values()) {
            if (command.stage() != Stage.QUEUED) {
                written.add(command);
            }
        }
        return written;
    }

    /** {@return the command that is written and not answered; null if there is none, or more than one} */
    @Nullable
    PendingCommand<?> onlyOneOnWire() {
        List<PendingCommand<?>> written = onWire();
        return written.size() == 1 ? written.get(0) : null;
    }

    /** {@return the command that was issued first; null if there is none} */
    @Nullable
    PendingCommand<?> first() {
        return byId.isEmpty() ? null : byId.values().iterator().next();
    }

    /** {@return all commands, in the order of their issue} */
    List<PendingCommand<?>> all() {
        return new ArrayList<>(byId.values());
    }
}
