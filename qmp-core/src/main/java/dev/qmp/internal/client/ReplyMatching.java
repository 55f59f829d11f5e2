package dev.qmp.internal.client;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.Text;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import org.jspecify.annotations.Nullable;

/**
 * Assigns the replies of a server to the commands of one session. The reply of a monitor has the id of its command. A
 * guest agent may omit or refuse ids, so the matching also decides which commands may be written, and in which form.
 * The defaults are those of a monitor.
 */
@BottomHalf
sealed interface ReplyMatching permits MonitorReplies, AgentSync {

    /**
     * {@return the reply with the id of its command; null if it is completely handled} A reply that still has no id
     * belongs to no command.
     *
     * @throws ProtocolException if the reply is an error that may belong to each of several commands
     */
    @Nullable
    QmpReply attribute(QmpReply reply);

    /** {@return whether commands have ids, so that a command out of band may overtake others} */
    default boolean usesIds() {
        return true;
    }

    /** {@return whether a command can be written now, so that its reply can be assigned} */
    default boolean maySend() {
        return true;
    }

    /** {@return whether callers may write commands themselves, so that {@link #outbound} is not called for them} */
    default boolean allowsDirectWrites() {
        return true;
    }

    /** {@return the message to write} */
    default QmpMessage outbound(QmpMessage message) {
        return message;
    }

    /**
     * Called before a greeting or an event is handled.
     *
     * @param kind what it is, for the message of the exception
     * @throws ProtocolException if the server is a guest agent, which sends replies only
     */
    default void unsolicited(String kind) {}

    /** Called before a command is queued. */
    default void commandAccepted() {}

    /** Called after a command that needs no reply was sent. */
    default void sentWithoutReply() {}

    /** Called after a written command was abandoned. */
    default void commandAbandoned() {}

    /** Ends the matching with the session. */
    default void stop() {}

    /** {@return the text of an error of the server, escaped and cut} */
    static String text(QmpErrorInfo error) {
        return Text.printable(error.errorClass()) + ": " + Text.printable(error.description());
    }

    /** {@return the failure of a session, or of a command, by an error without an id} */
    static ProtocolException unattributed(QmpErrorInfo error) {
        return new ProtocolException(
                Violation.UNATTRIBUTED_ERROR, "the server sent an error without an id: " + text(error));
    }
}
