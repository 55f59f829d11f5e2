package dev.qmp.internal.client;

import dev.qmp.CommandInFlight;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * All commands of a session that have no outcome yet, and the only writer of their stages. It is used on the event
 * loop; the counts can be read by any thread.
 */
@BottomHalf
final class CommandTable {

    /** The map grows with what is in flight. */
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
    private final LongSupplier clock;
    private final CommandIds ids = new CommandIds();
    private int window = 1;
    private int onWire;
    private int inBandOnWire;
    private int abandoned;
    private int inBandAbandoned;
    private long lastAbandonedAt;
    private long owedSince;
    private int descriptorsOnWire;
    private boolean abandonedKeepPlaces = true;
    private long readBy;
    private long transferOnWire;

    CommandTable(int capacity) {
        this(capacity, System::nanoTime);
    }

    /** Creates an empty table for {@code capacity} queued commands at most. The clock counts nanoseconds. */
    CommandTable(int capacity, LongSupplier clock) {
        this.counts = new CommandCounts(capacity);
        this.clock = clock;
        this.readBy = clock.getAsLong();
    }

    /** Sets the window of commands in band. */
    void window(int commands) {
        window = commands;
    }

    /** Sets whether an abandoned command holds its place until its reply arrives. Default: true. */
    void abandonedKeepPlaces(boolean keep) {
        abandonedKeepPlaces = keep;
    }

    /** {@return the ids of the session's commands and probes} */
    CommandIds ids() {
        return ids;
    }

    // ------------------------------------------------------------------ admission, from any thread

    /** {@return whether there is room for one more command} If so, it holds its room until it leaves the queue. */
    boolean admit() {
        return counts.admit();
    }

    /** Releases the room of a command that did not enter the table. */
    void dismiss() {
        counts.dismiss();
    }

    /** Counts an admitted command as written, which {@link #enterWritten} enters later. */
    void callerWrites() {
        counts.written();
    }

    /** Counts a command as done that a caller wrote, and that was not entered before the end of the session. */
    void writtenAtEnd() {
        counts.answered();
    }

    /** {@return the numbers of commands by stage, at one moment} */
    CommandCounts.Snapshot counts() {
        return counts.snapshot();
    }

    /** {@return the number of abandoned commands on the wire} For the event loop only. */
    int abandoned() {
        return abandoned;
    }

    /** {@return the commands in the order of their issue, {@code limit} at most} Any thread may call it. */
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
        command.sent(withId);
        put(text, command);
        return withId;
    }

    /** Enters a command that its caller has written, with the id that {@link CommandIds} made for it. */
    void enterWritten(PendingCommand<?> command, String text) {
        put(text, command);
        putOnWire(command);
    }

    private void put(String text, PendingCommand<?> command) {
        synchronized (byId) {
            byId.put(text, command);
        }
    }

    /** {@return whether there is no command at all} */
    boolean isEmpty() {
        return byId.isEmpty();
    }

    @Nullable
    PendingCommand<?> find(@Nullable JsonNode id) {
        return id == null || !id.isString() ? null : byId.get(id.stringValue());
    }

    /**
     * {@return whether a command in band may be written} A command with a file descriptor waits for the replies to all
     * earlier commands. So it closes the wire only while it executes itself. During a long command before it, the
     * server can still be probed, and commands out of band can be sent.
     */
    boolean hasRoomOnWire(QmpCommand next) {
        int taken = abandonedKeepPlaces ? inBandOnWire : inBandOnWire - inBandAbandoned;
        return !isWireClosed() && (next.fileDescriptor() == null ? taken < window : inBandOnWire == 0);
    }

    /**
     * {@return whether a command with a file descriptor awaits its reply, so that no message may be written} With
     * out-of-band execution, QEMU's I/O thread uses the descriptor at every byte that it reads. Meanwhile the main
     * thread takes and frees it without a lock. So a byte after such a command can crash the machine.
     */
    boolean isWireClosed() {
        return descriptorsOnWire > 0;
    }

    void written(PendingCommand<?> command) {
        counts.written();
        putOnWire(command);
    }

    private void putOnWire(PendingCommand<?> command) {
        command.stage(Stage.WRITTEN);
        countOnWire(command, 1);
        Duration transfer = command.transferTime();
        if (!transfer.isZero()) {
            long now = clock.getAsLong();
            readBy = (readBy - now > 0 ? readBy : now) + transfer.toNanos();
        }
    }

    /** {@return when the server has read all data written so far, by the clock; possibly in the past} */
    long readBy() {
        return readBy;
    }

    /** Queues a written command again, because the server has rejected it without executing it. */
    void requeue(PendingCommand<?> command) {
        countOnWire(command, -1);
        command.stage(Stage.QUEUED);
        counts.requeued();
    }

    /**
     * {@return the time in nanoseconds that the server needs to read all commands on the wire, if it has read none yet}
     */
    long transferOnWire() {
        return transferOnWire;
    }

    /** Marks a written command as abandoned. It keeps its place on the wire. */
    void abandon(PendingCommand<?> command) {
        command.stage(Stage.ABANDONED);
        counts.abandoned();
        abandoned++;
        if (!command.command().isOutOfBand()) {
            inBandAbandoned++;
            lastAbandonedAt = clock.getAsLong();
        }
    }

    /**
     * {@return whether abandoned commands have kept a command from the wire for a time} They hold all places on the
     * wire, or a command with a file descriptor waits only for them, or they are such a command.
     */
    boolean isBlockedFor(PendingCommand<?> command, Duration time) {
        boolean needsAll = isWireClosed() || command.command().fileDescriptor() != null;
        boolean blocked = needsAll
                ? inBandAbandoned > 0 && inBandAbandoned == inBandOnWire
                : abandonedKeepPlaces && inBandAbandoned >= window;
        return blocked && clock.getAsLong() - lastAbandonedAt >= time.toNanos();
    }

    /** Frees the place of a command that is done without a reply. Its id is kept to recognize a reply to it. */
    void removeButKeepId(PendingCommand<?> command) {
        QmpCommand sent = command.sent();
        leave(command);
        if (sent == null || sent.id() == null) {
            return;
        }
        Set<String> ids = keptIds == null ? new LinkedHashSet<>() : keptIds;
        keptIds = ids;
        ids.add(sent.id().stringValue());
        if (ids.size() > MAX_KEPT_IDS) {
            ids.remove(ids.iterator().next());
        }
    }

    /** {@return whether the id was kept of a command that is done without a reply} It is forgotten. */
    boolean forgetKeptId(@Nullable JsonNode id) {
        return keptIds != null && id != null && id.isString() && keptIds.remove(id.stringValue());
    }

    /** Removes a command in any stage. */
    void leave(PendingCommand<?> command) {
        QmpCommand sent = command.sent();
        JsonNode id = sent == null ? null : sent.id();
        if (id == null || !remove(id.stringValue())) {
            return;
        }
        switch (command.stage()) {
            case QUEUED -> counts.dismiss();
            case WRITTEN -> counts.answered();
            case ABANDONED -> {
                counts.abandonedDone();
                abandoned--;
                inBandAbandoned -= command.command().isOutOfBand() ? 0 : 1;
            }
        }
        if (command.stage() != Stage.QUEUED) {
            countOnWire(command, -1);
        }
    }

    private boolean remove(String id) {
        synchronized (byId) {
            return byId.remove(id) != null;
        }
    }

    private void countOnWire(PendingCommand<?> pending, int change) {
        QmpCommand command = pending.command();
        transferOnWire += pending.transferTime().toNanos() * change;
        if (onWire == 0) {
            owedSince = clock.getAsLong();
        }
        onWire += change;
        inBandOnWire += command.isOutOfBand() ? 0 : change;
        descriptorsOnWire += command.fileDescriptor() == null ? 0 : change;
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

    /** {@return whether no command is written and not answered} */
    boolean isWireFree() {
        CommandCounts.Snapshot now = counts.snapshot();
        return now.pending() == 0 && now.abandoned() == 0;
    }

    /** {@return whether no caller waits for a command} */
    boolean isQuiet() {
        return byId.size() == abandoned;
    }

    /** {@return the number of commands in band whose replies are due} */
    int inBandOnWire() {
        return inBandOnWire;
    }

    /** {@return whether a reply is due} Replies to abandoned commands count, too. */
    boolean isAwaitingReplies() {
        return onWire > 0;
    }

    /**
     * {@return since when at least one reply has been due, by the clock; the begin of the last such time if none is
     * due}
     */
    long owedSince() {
        return owedSince;
    }

    /** {@return all commands, in the order of their issue} */
    List<PendingCommand<?>> all() {
        return new ArrayList<>(byId.values());
    }
}
