package dev.qmp.internal.client;

import dev.qmp.CommandInFlight;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.BottomHalf;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
 * All commands of a session that have no outcome yet, and the only writer of their stages. Lives on the event loop; the
 * counts can be read from anywhere.
 *
 * <p>Ids have a part made by chance for each session: QEMU sends the reply of a command whose client has left to the
 * next client, and such a reply must not find a command of ours. They are no longer than that takes: QEMU reads one
 * byte at a time, and takes 4 µs for each.
 */
@BottomHalf
final class CommandTable {

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * Ids are numbers in this notation: first the one of the session, of as many digits in each, then the command's.
     */
    private static final int RADIX = 36;

    private static final int LONGEST_NUMBER =
            Long.toString(Long.MAX_VALUE, RADIX).length();

    /** Ends the ids of liveness probes; no digit in the notation above. */
    private static final String PROBE = "?";

    private static final long FIRST_OF_SEVEN_DIGITS = 2_176_782_336L;

    /** Of the commands that are done without a reply, as many ids as are kept to know a reply that comes after all. */
    private static final int MAX_UNANSWERED = 64;

    /**
     * In the order of their issue. The event loop is the only writer; its changes and the reads of others take the
     * lock.
     */
    private final Map<String, PendingCommand<?>> byId = new LinkedHashMap<>();

    private final Object lock = new Object();
    /** Commands whose callers wait. */
    private final DueCommands due = new DueCommands();

    /** Null before the first command that is done without a reply. */
    private @Nullable Set<String> unanswered;

    private final CommandCounts counts;
    private final LongSupplier clock;
    private final String nonce =
            Long.toString(RANDOM.nextLong(FIRST_OF_SEVEN_DIGITS, FIRST_OF_SEVEN_DIGITS * RADIX), RADIX);
    /** The session's number, and room for that of a command. */
    private final byte[] id =
            Arrays.copyOf(nonce.getBytes(StandardCharsets.ISO_8859_1), nonce.length() + LONGEST_NUMBER);

    private long counter;
    private int window = 1;
    private int onWire;
    private int inBandOnWire;
    private int orphans;
    private int inBandOrphans;
    private long lastOrphanedAt;
    private long owedSince;
    private int descriptorsOnWire;
    private boolean orphansKeepPlaces = true;
    private long readBy;
    private long transferOnWire;

    CommandTable(int capacity) {
        this(capacity, System::nanoTime);
    }

    /** Creates an empty table for at most so many queued commands, with a clock that counts in nanoseconds. */
    CommandTable(int capacity, LongSupplier clock) {
        this.counts = new CommandCounts(capacity);
        this.clock = clock;
        this.readBy = clock.getAsLong();
    }

    /** Opens or narrows the window of commands in band. */
    void window(int commands) {
        window = commands;
    }

    /** Sets whether an abandoned command holds its place until its reply arrives. It does when a session begins. */
    void orphansKeepTheirPlaces(boolean keep) {
        orphansKeepPlaces = keep;
    }

    /** Writes the digits into one array of the session, because the usual way makes four objects of each number. */
    String nextId() {
        long number = counter++;
        int length = nonce.length() + 1;
        for (long rest = number / RADIX; rest > 0; rest /= RADIX) {
            length++;
        }
        long rest = number;
        for (int at = length - 1; at >= nonce.length(); at--) {
            id[at] = (byte) Character.forDigit((int) (rest % RADIX), RADIX);
            rest /= RADIX;
        }
        return new String(id, 0, length, StandardCharsets.ISO_8859_1);
    }

    /** {@return an id for a liveness probe, which can be told from those of commands} */
    String nextProbeId() {
        return nextId() + PROBE;
    }

    /** {@return whether the id was made for a command of this session} */
    boolean isOwnId(JsonNode id) {
        return id.isString() && id.stringValue().startsWith(nonce);
    }

    /** {@return whether the id was made for a liveness probe of this session} */
    boolean isProbeId(@Nullable JsonNode id) {
        return id != null
                && id.isString()
                && id.stringValue().startsWith(nonce)
                && id.stringValue().endsWith(PROBE);
    }

    // ------------------------------------------------------------------ admission, from any thread

    /** {@return whether there is room for one more} If so the room is taken, until the command leaves the queue. */
    boolean admit() {
        return counts.admit();
    }

    /** Gives the room back of a command that never came into the table. */
    void dismiss() {
        counts.dismiss();
    }

    /** {@return how many commands are where, at one moment} */
    CommandCounts.Snapshot counts() {
        return counts.snapshot();
    }

    /** {@return the commands whose callers have given up} On the event loop. */
    int orphans() {
        return orphans;
    }

    /** {@return the commands that were issued first, at most as many as the limit} From any thread. */
    List<CommandInFlight> oldest(int limit) {
        List<PendingCommand<?>> commands = new ArrayList<>();
        synchronized (lock) {
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
                    case ORPHANED -> CommandInFlight.Stage.ABANDONED;
                };
        Duration age = Duration.ofNanos(Math.max(0, now - command.issuedAt()));
        return new CommandInFlight(command.command().name(), age, stage);
    }

    // ------------------------------------------------------------------ a command's way

    /** Enters a command under a new id. */
    QmpCommand enter(PendingCommand<?> command) {
        String text = nextId();
        QmpCommand withId = command.command().withId(StringNode.valueOf(text));
        command.sent(withId);
        synchronized (lock) {
            byId.put(text, command);
        }
        return withId;
    }

    @Nullable
    PendingCommand<?> find(@Nullable JsonNode id) {
        return id == null || !id.isString() ? null : byId.get(id.stringValue());
    }

    /**
     * {@return whether a command in band may be written} A command with a file descriptor waits for the replies to all
     * before it. So it closes the wire for its own execution only, and not for that of a long command before it, during
     * which the server can still be probed, and helped out of band.
     */
    boolean hasRoomOnWire(QmpCommand next) {
        int taken = orphansKeepPlaces ? inBandOnWire : inBandOnWire - inBandOrphans;
        return !isWireClosed() && (next.fileDescriptor() == null ? taken < window : inBandOnWire == 0);
    }

    /**
     * {@return whether nothing may be written before a reply comes} A command with a file descriptor awaits its reply.
     * With out-of-band execution, QEMU's I/O thread touches the descriptor at every byte that it reads, while the main
     * thread takes and frees it without a lock: a byte behind such a command can crash the machine.
     */
    boolean isWireClosed() {
        return descriptorsOnWire > 0;
    }

    void written(PendingCommand<?> command) {
        command.stage(Stage.WRITTEN);
        counts.written();
        countOnWire(command, 1);
        Duration transfer = command.transferTime();
        if (!transfer.isZero()) {
            long now = clock.getAsLong();
            readBy = (readBy - now > 0 ? readBy : now) + transfer.toNanos();
        }
    }

    /** {@return when the server has read all that was written until now, by the clock; may be past} */
    long readBy() {
        return readBy;
    }

    /** Puts a written command back into the queue: the server has refused it without executing it. */
    void requeue(PendingCommand<?> command) {
        countOnWire(command, -1);
        command.stage(Stage.QUEUED);
        counts.requeued();
    }

    /**
     * {@return how long the server may take to read all commands on the wire, in nanoseconds, if it has read none yet}
     */
    long transferOnWire() {
        return transferOnWire;
    }

    /** Adds a command that has its deadline, until its caller gives up or it leaves. */
    void addDue(PendingCommand<?> command) {
        due.add(command);
    }

    void removeDue(PendingCommand<?> command) {
        due.remove(command);
    }

    /** {@return the command with the first deadline, null if there is none} */
    @Nullable
    PendingCommand<?> firstDue() {
        return due.first();
    }

    /** The caller gives up on a written command; its place stays taken. */
    void orphan(PendingCommand<?> command) {
        removeDue(command);
        command.stage(Stage.ORPHANED);
        counts.orphaned();
        orphans++;
        if (!command.command().isOutOfBand()) {
            inBandOrphans++;
            lastOrphanedAt = clock.getAsLong();
        }
    }

    /**
     * {@return whether commands whose callers have given up keep the given one from the wire, for so long already} They
     * take all places on the wire, or are all that a command with a file descriptor waits for, or are such a command.
     */
    boolean isBlockedFor(PendingCommand<?> command, Duration time) {
        boolean needsAll = isWireClosed() || command.command().fileDescriptor() != null;
        boolean blocked = needsAll
                ? inBandOrphans > 0 && inBandOrphans == inBandOnWire
                : orphansKeepPlaces && inBandOrphans >= window;
        return blocked && clock.getAsLong() - lastOrphanedAt >= time.toNanos();
    }

    /** Takes a command out that is done without a reply: its place is free, since none may ever come. */
    void leaveUnanswered(PendingCommand<?> command) {
        QmpCommand sent = command.sent();
        leave(command);
        if (sent == null || sent.id() == null) {
            return;
        }
        Set<String> ids = unanswered == null ? new LinkedHashSet<>() : unanswered;
        unanswered = ids;
        ids.add(sent.id().stringValue());
        if (ids.size() > MAX_UNANSWERED) {
            ids.remove(ids.iterator().next());
        }
    }

    /** {@return whether this is the reply, after all, to a command that was done without one} */
    boolean wasUnanswered(@Nullable JsonNode id) {
        return unanswered != null && id != null && id.isString() && unanswered.remove(id.stringValue());
    }

    /** Takes a command out, whatever its stage. */
    void leave(PendingCommand<?> command) {
        removeDue(command);
        QmpCommand sent = command.sent();
        JsonNode id = sent == null ? null : sent.id();
        if (id == null || !remove(id.stringValue())) {
            return;
        }
        switch (command.stage()) {
            case QUEUED -> counts.dismiss();
            case WRITTEN -> counts.answered();
            case ORPHANED -> {
                counts.buried();
                orphans--;
                inBandOrphans -= command.command().isOutOfBand() ? 0 : 1;
            }
        }
        if (command.stage() != Stage.QUEUED) {
            countOnWire(command, -1);
        }
    }

    private boolean remove(String id) {
        synchronized (lock) {
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
        return now.pending() == 0 && now.orphaned() == 0;
    }

    /** {@return whether no caller waits for anything any more} */
    boolean isQuiet() {
        return byId.size() == orphans;
    }

    /** {@return how many commands in band the server owes a reply to} */
    int inBandOnWire() {
        return inBandOnWire;
    }

    /** {@return whether the server owes a reply} Also to a command whose caller has given up. */
    boolean isAwaitingReplies() {
        return onWire > 0;
    }

    /** {@return since when the server owes a reply without a break, by the clock; of the last time if it owes none} */
    long owedSince() {
        return owedSince;
    }

    /** {@return all commands, in the order of their issue} */
    List<PendingCommand<?>> all() {
        return new ArrayList<>(byId.values());
    }
}
