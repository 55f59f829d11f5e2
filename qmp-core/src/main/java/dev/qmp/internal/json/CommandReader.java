package dev.qmp.internal.json;

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
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.node.ObjectNode;

/** Reads a client's message: a command, or the error reply of QEMU to this input. */
final class CommandReader {

    private static final String IN_BAND = "execute";
    private static final String OUT_OF_BAND = "exec-oob";
    private static final String ARGUMENTS = "arguments";
    private static final String ID = "id";
    private static final Set<String> MEMBERS = Set.of(IN_BAND, OUT_OF_BAND, ARGUMENTS, ID);

    /** Accepts strings in single quotes, as QEMU does. */
    private static final ObjectReader READER = Json.MAPPER.reader().with(JsonReadFeature.ALLOW_SINGLE_QUOTES);

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
        String error = CommandSyntax.errorIn(frame);
        if (error != null) {
            return refusal(null, error);
        }
        JsonNode tree;
        try (JsonParser parser = parser(frame)) {
            parser.nextToken();
            tree = Json.tree(parser);
        } catch (MismatchedInputException e) { // a tree has no other mismatch
            return refusal(null, "JSON parse error, duplicate key");
        } catch (StreamConstraintsException e) {
            return refusal(null, "JSON parse error, too long");
        } catch (JacksonException e) {
            return refusal(null, "JSON parse error, invalid (" + e.getClass().getSimpleName() + ")");
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

    private static JsonParser parser(ByteBuffer frame) {
        byte[] bytes = new byte[frame.remaining()];
        frame.duplicate().get(bytes);
        return READER.createParser(bytes);
    }

    private static QmpReply refusal(@Nullable JsonNode id, String description) {
        return QmpReply.failure(id, new QmpErrorInfo(QmpErrorInfo.GENERIC_ERROR, description));
    }
}
