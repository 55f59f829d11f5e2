package dev.qmp.message;

import dev.qmp.error.Text;
import java.io.FileDescriptor;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A command: its name, its arguments and how it is to be sent (QMP specification, section 2.3).
 *
 * <p>Immutable: every {@code with} method returns a new command, and arguments are copied on their way in, so that a
 * command can be kept in a constant and sent any number of times, to any number of machines.
 *
 * <pre>{@code
 * QmpCommand.of("query-status");
 * QmpCommand.of("device_del").withArgument("id", "net0").withTimeout(Duration.ofSeconds(5));
 * QmpCommand.of("query-yank").outOfBand();
 * }</pre>
 *
 * <p>Its {@code toString} names the command only: arguments may be secrets.
 */
public final class QmpCommand implements QmpMessage {

    private final String name;
    private final @Nullable JsonNode arguments;
    private final @Nullable JsonNode id;
    private final @Nullable ObjectNode extra;
    private final Sending sending;

    /** How a command is to be sent, which is no part of the message. */
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

    /** {@return a command of any name, a blank one included, as a raw message may have it} */
    static QmpCommand named(String name) {
        return new QmpCommand(name, null, null, null, Sending.USUAL);
    }

    /**
     * {@return a command with arguments}
     *
     * @param arguments a map, a record, a class with properties or a {@link JsonNode}; converted (and so copied) now
     * @throws IllegalArgumentException if the name is blank, or the arguments do not become a JSON object
     */
    public static QmpCommand of(String name, Object arguments) {
        Objects.requireNonNull(name, "name");
        return of(name).withArguments(arguments);
    }

    /**
     * Reads a whole message as QMP writes it: {@code {"execute": …, "arguments": …}} or with {@code exec-oob}.
     * Members that QMP does not define are sent as they are; an {@code id} is kept. The server judges a blank name.
     *
     * @throws IllegalArgumentException if there is not exactly one of {@code execute} and {@code exec-oob}, as a string
     */
    public static QmpCommand fromMessage(ObjectNode message) {
        Objects.requireNonNull(message, "message");
        return RawCommands.read(message);
    }

    /** {@return this command with these arguments instead of its own} See {@link #of(String, Object)}. */
    public QmpCommand withArguments(Object arguments) {
        JsonNode tree = QmpJson.toTree(arguments, "arguments");
        if (!tree.isObject()) {
            throw new IllegalArgumentException(
                    "arguments of " + name + " must become a JSON object, not " + tree.getNodeType());
        }
        return new QmpCommand(name, tree, id, extra, sending);
    }

    /** {@return this command with one argument more (or another value for it)} */
    public QmpCommand withArgument(String key, @Nullable Object value) {
        Objects.requireNonNull(key, "key");
        ObjectNode more = arguments instanceof ObjectNode object ? object.deepCopy() : QmpJson.object();
        more.set(key, QmpJson.toTree(value, "arguments." + Text.printable(key)));
        return new QmpCommand(name, more, id, extra, sending);
    }

    /** {@return this command, to be sent by {@code exec-oob}: it overtakes the commands in band} */
    public QmpCommand outOfBand() {
        return sentAs(new Sending(true, sending.withoutReply, sending.timeout, sending.fileDescriptor));
    }

    /**
     * {@return this command, not to be answered: it has succeeded, with an empty object, when the system has taken its
     * last byte}
     *
     * <p>For what is never answered if it succeeds, as {@code guest-shutdown} of the guest agent. A reply that comes
     * after all, which then is an error, is dropped, if it is to one of the last 64 of such commands. Until the last
     * byte is taken the command may fail as any other. A command that the server does answer keeps its place on the
     * wire better without this.
     */
    public QmpCommand withoutReply() {
        return sentAs(new Sending(sending.outOfBand, true, sending.timeout, sending.fileDescriptor));
    }

    /**
     * {@return this command with its own deadline instead of the client's}
     *
     * @param timeout the time from the issue to the reply, the time in the queue included. A big command gets 1 ms more
     *     for each 50 bytes, because QEMU reads byte by byte. When the time is over the command fails with {@link
     *     dev.qmp.error.NotSentException} if it is still queued, else with {@link
     *     dev.qmp.error.CommandTimeoutException}
     * @throws IllegalArgumentException unless positive
     */
    public QmpCommand withTimeout(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("the timeout of " + name + " must be positive: " + timeout);
        }
        return sentAs(new Sending(sending.outOfBand, sending.withoutReply, timeout, sending.fileDescriptor));
    }

    /**
     * {@return this command with a file descriptor, as {@code getfd} and {@code add-fd} take one}
     *
     * <p>It travels with the command's own bytes, over Unix sockets only, and needs a client that was built with {@link
     * dev.qmp.QmpClientBuilder#fileDescriptors}. It stays the caller's: the system copies it when the command is
     * written, so it must be open until the command has its outcome, and the caller closes it then.
     *
     * <p>The command waits for the replies to all commands in band before it, and no command goes out behind it before
     * its own reply, also if its caller cancels it: QEMU can crash on a byte that it reads while it takes the
     * descriptor.
     */
    public QmpCommand withFileDescriptor(FileDescriptor fileDescriptor) {
        Objects.requireNonNull(fileDescriptor, "fileDescriptor");
        return sentAs(new Sending(sending.outOfBand, sending.withoutReply, sending.timeout, fileDescriptor));
    }

    private QmpCommand sentAs(Sending otherwise) {
        return new QmpCommand(name, arguments, id, extra, otherwise);
    }

    /** {@return this command with an id} A client gives every command an id of its own and ignores this one. */
    public QmpCommand withId(@Nullable JsonNode id) {
        return new QmpCommand(name, arguments, id, extra, sending);
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

    /** {@return whether the command goes out of band} */
    public boolean isOutOfBand() {
        return sending.outOfBand;
    }

    /** {@return whether the command is done when it is sent, and nobody waits for a reply} */
    public boolean isWithoutReply() {
        return sending.withoutReply;
    }

    /** {@return the command's own deadline, null for the client's} */
    public @Nullable Duration timeout() {
        return sending.timeout;
    }

    /** {@return the id it travels with, null before it has one} */
    public @Nullable JsonNode id() {
        return id;
    }

    /** {@return the file descriptor that travels with it, null if there is none} */
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
