package dev.qmp.message;

import dev.qmp.error.Checks;
import dev.qmp.error.Text;
import java.io.FileDescriptor;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A command: its name, its arguments and its way of sending (QMP specification, section 2.3).
 *
 * <p>Immutable: every {@code with} method returns a new command, and arguments and ids are copied. So a command can be
 * a constant and be sent any number of times, to any number of machines.
 *
 * <pre>{@code
 * QmpCommand.of("query-status");
 * QmpCommand.of("device_del").withArgument("id", "net0").withTimeout(Duration.ofSeconds(5));
 * QmpCommand.of("query-yank").outOfBand();
 * }</pre>
 *
 * <p>{@code toString} contains only the command's name, because arguments may be secrets.
 */
public final class QmpCommand implements QmpMessage {

    private final String name;
    private final @Nullable JsonNode arguments;
    private final @Nullable JsonNode id;
    private final @Nullable ObjectNode extra;
    private final Sending sending;

    /** The way of sending a command, which is not part of the message. */
    private record Sending(
            boolean outOfBand,
            boolean withoutReply,
            @Nullable Duration timeout,
            @Nullable FileDescriptor fileDescriptor) {

        static final Sending USUAL = new Sending(false, false, null, null);
    }

    private QmpCommand(
            String name,
            @Nullable JsonNode arguments,
            @Nullable JsonNode id,
            @Nullable ObjectNode extra,
            Sending sending) {
        this.name = name;
        this.arguments = arguments;
        this.id = id;
        this.extra = extra;
        this.sending = sending;
    }

    /**
     * {@return a command without arguments}
     *
     * @throws IllegalArgumentException if the name is blank
     */
    public static QmpCommand of(String name) {
        Objects.requireNonNull(name, "name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("a command needs a name");
        }
        return named(name);
    }

    /** {@return a command of any name, even a blank one, because a raw message may have it} */
    static QmpCommand named(String name) {
        return new QmpCommand(name, null, null, null, Sending.USUAL);
    }

    /**
     * {@return a command with arguments}
     *
     * @param arguments a map, a record, a class with properties or a {@link JsonNode}; it is converted at once, and so
     *     copied
     * @throws IllegalArgumentException if the name is blank, or the arguments are not converted to a JSON object
     */
    public static QmpCommand of(String name, Object arguments) {
        Objects.requireNonNull(name, "name");
        return of(name).withArguments(arguments);
    }

    /**
     * Reads a whole message in the form of QMP: {@code {"execute": …, "arguments": …}} or with {@code exec-oob}.
     * Members that QMP does not define are sent unchanged, and an {@code id} is kept. A blank name is left to the
     * server.
     *
     * @throws IllegalArgumentException unless the message has exactly one of {@code execute} and {@code exec-oob}, as a
     *     string; or if a member has a value that QMP does not have, or is nested deeper than 1000 levels
     */
    public static QmpCommand fromMessage(ObjectNode message) {
        Objects.requireNonNull(message, "message");
        return RawCommands.read(message);
    }

    /**
     * {@return this command with these arguments instead of its own} See {@link #of(String, Object)}.
     *
     * @throws IllegalArgumentException if the arguments are not converted to a JSON object
     */
    public QmpCommand withArguments(Object arguments) {
        JsonNode tree = QmpJson.toTree(arguments, "arguments");
        if (!tree.isObject()) {
            throw new IllegalArgumentException(
                    "arguments of " + name + " must become a JSON object, not " + tree.getNodeType());
        }
        return new QmpCommand(name, tree, id, extra, sending);
    }

    /**
     * {@return this command with one more argument, or with another value for it} Null is sent as null.
     *
     * @throws IllegalArgumentException if QMP has no such value
     */
    public QmpCommand withArgument(String key, @Nullable Object value) {
        Objects.requireNonNull(key, "key");
        ObjectNode more = arguments instanceof ObjectNode object ? object.deepCopy() : QmpJson.object();
        more.set(key, QmpJson.toTree(value, "arguments." + Text.printable(key)));
        return new QmpCommand(name, more, id, extra, sending);
    }

    /** {@return this command with {@code exec-oob}: it overtakes the commands in band} */
    public QmpCommand outOfBand() {
        return sentAs(new Sending(true, sending.withoutReply, sending.timeout, sending.fileDescriptor));
    }

    /**
     * {@return this command without a reply: it succeeds with an empty object when the system has taken its last byte}
     *
     * <p>For commands that have no reply after success, such as {@code guest-shutdown} of the guest agent. A reply that
     * arrives nevertheless is an error; it is dropped if its command is one of the last 64 of this kind. Until the last
     * byte is taken, the command can fail as any other command.
     *
     * <p>Do not use it for a command with a reply, because such a command then holds no place on the wire.
     */
    public QmpCommand withoutReply() {
        return sentAs(new Sending(sending.outOfBand, true, sending.timeout, sending.fileDescriptor));
    }

    /**
     * {@return this command with a deadline of its own instead of the client's} When it passes, the command fails with
     * {@link dev.qmp.error.NotSentException} if it is still queued, otherwise with {@link
     * dev.qmp.error.CommandTimeoutException}.
     *
     * @param timeout the time from the issue to the reply, the time in the queue included; positive. A big command gets
     *     1 ms more for each 50 bytes, because QEMU reads byte by byte
     * @throws IllegalArgumentException if the timeout is not positive
     */
    public QmpCommand withTimeout(Duration timeout) {
        Duration checked = Checks.positive("timeout", timeout);
        return sentAs(new Sending(sending.outOfBand, sending.withoutReply, checked, sending.fileDescriptor));
    }

    /**
     * {@return this command with a file descriptor, as {@code getfd} and {@code add-fd} need one}
     *
     * <p>The descriptor travels with the command's bytes, over Unix sockets only. The client must be built with {@link
     * dev.qmp.QmpClientBuilder#fileDescriptors}. The descriptor belongs to the caller: keep it open until the command
     * has its outcome, and close it then. The system copies it when the command is written.
     *
     * <p>The command waits for the replies to all earlier commands in band. No command is written after it before its
     * own reply, even if its caller cancels it. QEMU can crash on a byte that it reads together with the descriptor.
     */
    public QmpCommand withFileDescriptor(FileDescriptor fileDescriptor) {
        Objects.requireNonNull(fileDescriptor, "fileDescriptor");
        return sentAs(new Sending(sending.outOfBand, sending.withoutReply, sending.timeout, fileDescriptor));
    }

    private QmpCommand sentAs(Sending otherwise) {
        return new QmpCommand(name, arguments, id, extra, otherwise);
    }

    /**
     * {@return this command with an id, which is copied} A client assigns an id of its own to every command and ignores
     * this one.
     *
     * @throws IllegalArgumentException if the id is nested deeper than 1000 levels
     */
    public QmpCommand withId(@Nullable JsonNode id) {
        JsonNode own = id == null ? null : QmpJson.toTree(id, "id"); // a node without children is immutable and stays
        return new QmpCommand(name, arguments, own, extra, sending);
    }

    QmpCommand withRawMembers(@Nullable JsonNode rawArguments, @Nullable ObjectNode extra) {
        return new QmpCommand(name, rawArguments, id, extra, sending);
    }

    /** {@return the name, such as {@code query-status}} */
    public String name() {
        return name;
    }

    /** {@return the arguments, null if there are none; treat them as read-only} */
    public @Nullable JsonNode arguments() {
        return arguments;
    }

    /** {@return whether the command is executed out of band} */
    public boolean isOutOfBand() {
        return sending.outOfBand;
    }

    /** {@return whether the command succeeds when it is sent, without a reply} */
    public boolean isWithoutReply() {
        return sending.withoutReply;
    }

    /** {@return the command's own deadline; null for the client's} */
    public @Nullable Duration timeout() {
        return sending.timeout;
    }

    /** {@return the id of the message, null before it has one; treat it as read-only} */
    public @Nullable JsonNode id() {
        return id;
    }

    /** {@return the file descriptor that travels with the command; null if there is none} */
    public @Nullable FileDescriptor fileDescriptor() {
        return sending.fileDescriptor;
    }

    /** {@return members of a raw message that QMP does not define, null if there are none} */
    public @Nullable ObjectNode extra() {
        return extra;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof QmpCommand that
                && name.equals(that.name)
                && Objects.equals(arguments, that.arguments)
                && Objects.equals(id, that.id)
                && Objects.equals(extra, that.extra)
                && sending.equals(that.sending);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, arguments, id, sending.outOfBand);
    }

    @Override
    public String toString() {
        return "QmpCommand[" + Text.printable(name) + (sending.outOfBand ? ", out of band" : "") + "]";
    }
}
