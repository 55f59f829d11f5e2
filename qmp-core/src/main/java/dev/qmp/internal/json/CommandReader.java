package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.node.ObjectNode;

/** Reads a client's message: a command, or the error reply of QEMU to this input. */
final class CommandReader {

    private static final String IN_BAND = "execute";
    private static final String OUT_OF_BAND = "exec-oob";
    private static final String ARGUMENTS = "arguments";
    private static final String ID = "id";
    private static final Set<String> MEMBERS = Set.of(IN_BAND, OUT_OF_BAND, ARGUMENTS, ID);

    private CommandReader() {}

    /**
     * {@return the message in a frame}
     *
     * @param outOfBand whether the session has out-of-band execution enabled; otherwise {@code exec-oob} is an unknown
     *     member
     * @param refusedOutOfBand receives the error reply before it is returned, if the command is to be executed out of
     *     band
     */
    static QmpMessage read(ByteBuffer frame, boolean outOfBand, Consumer<QmpReply> refusedOutOfBand) {
        JsonNode tree;
        try (JsonParser parser = Json.parser(frame)) {
            Utf8.require(frame);
            parser.nextToken();
            tree = Json.tree(parser);
        } catch (MismatchedInputException e) { // a tree has no other mismatch
            return refusal(null, "JSON parse error, duplicate key");
        } catch (StreamConstraintsException e) {
            return refusal(null, isTooDeep(e) ? "JSON nesting depth limit exceeded" : "JSON parse error, too long");
        } catch (JacksonException e) {
            return refusal(null, "JSON parse error, " + reasonOf(e, frame));
        } catch (ProtocolException e) {
            return refusal(null, "JSON parse error, " + e.getMessage());
        }
        if (!(tree instanceof ObjectNode message)) {
            return refusal(null, "QMP input must be a JSON object");
        }
        String objection = objectionTo(message, outOfBand);
        if (objection == null) {
            return QmpCommand.fromMessage(message);
        }
        QmpReply refusal = refusal(message.get(ID), objection);
        if (outOfBand && message.has(OUT_OF_BAND) && !message.has(IN_BAND)) {
            refusedOutOfBand.accept(refusal);
        }
        return refusal;
    }

    /**
     * {@return QEMU's text on the first error in a message's members; null if there is none}
     *
     * <p>QEMU checks the members in the order of a hash table. For QEMU's own members, the order here is the same. If
     * there are several unknown members, QEMU may name another one.
     */
    private static @Nullable String objectionTo(ObjectNode message, boolean outOfBand) {
        TreeSet<String> unexpected = new TreeSet<>(message.propertyNames());
        unexpected.removeIf(member -> MEMBERS.contains(member) && (outOfBand || !member.equals(OUT_OF_BAND)));
        if (!unexpected.isEmpty()) {
            return "QMP input member '" + unexpected.first() + "' is unexpected";
        }
        JsonNode outOfBandName = message.get(OUT_OF_BAND);
        if (outOfBandName != null && !outOfBandName.isString()) {
            return "QMP input member 'exec-oob' must be a string";
        }
        JsonNode name = message.get(IN_BAND);
        if (name != null && !name.isString()) {
            return "QMP input member 'execute' must be a string";
        }
        if (name != null && outOfBandName != null) {
            return "QMP input member 'execute' clashes with 'exec-oob'";
        }
        JsonNode arguments = message.get(ARGUMENTS);
        if (arguments != null && !arguments.isObject()) {
            return "QMP input member 'arguments' must be an object";
        }
        return name == null && outOfBandName == null ? "QMP input lacks member 'execute'" : null;
    }

    private static boolean isTooDeep(StreamConstraintsException e) {
        return String.valueOf(e.getOriginalMessage()).contains("nesting depth");
    }

    /**
     * {@return QEMU's text on broken JSON} Jackson distinguishes the cases only by its text, of which nothing is passed
     * on.
     */
    private static String reasonOf(JacksonException e, ByteBuffer frame) {
        String text = String.valueOf(e.getOriginalMessage());
        if (text.contains("expecting comma to separate Object entries")) {
            return "expected separator in dict";
        }
        if (text.contains("expecting comma to separate Array entries")) {
            return "expected separator in list";
        }
        if (text.contains("close marker") && isBehindValue(e, frame)) {
            return text.contains("expected '}'") ? "expected separator in dict" : "expected separator in list";
        }
        if (text.contains("expecting a colon")) {
            return "missing : in object pair";
        }
        if (text.contains("CTRL-CHAR")) {
            return "stray control character";
        }
        if (text.contains("escape")) {
            return "invalid escape sequence in string";
        }
        return e instanceof StreamReadException
                        && (text.contains("value") || text.contains("close marker") || text.contains("(']'"))
                ? "expecting value"
                : "invalid (" + e.getClass().getSimpleName() + ")";
    }

    /** {@return whether the wrong bracket is behind a value, where QEMU expects a comma first} */
    private static boolean isBehindValue(JacksonException e, ByteBuffer frame) {
        int at = frame.position() + (int) e.getLocation().getByteOffset();
        do {
            at--;
        } while (at >= frame.position() && JsonFrameScanner.isSpace(frame.get(at)));
        return at >= frame.position() && frame.get(at) != '{' && frame.get(at) != '[';
    }

    private static QmpReply refusal(@Nullable JsonNode id, String description) {
        return QmpReply.failure(id, new QmpErrorInfo(QmpErrorInfo.GENERIC_ERROR, description));
    }
}
