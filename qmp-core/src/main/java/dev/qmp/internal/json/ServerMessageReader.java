package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * Reads a server's messages from whole frames: greeting, reply or event. The envelope is parsed as a stream, and only
 * its content becomes a tree. Members that QMP does not define are skipped, and duplicate members are refused.
 *
 * <p>The creation of a JSON parser takes as long as the parsing of a short reply. So each thread has one parser for all
 * its short frames, which are a sequence of values to it. Between two values it has no state. A new parser is created
 * after a failure. It is also replaced before its counters, which never decrease, reach the limits of one message.
 */
final class ServerMessageReader {

    private static final int RETURN = 1;
    private static final int ERROR = 1 << 1;
    private static final int ID = 1 << 2;
    private static final int EVENT = 1 << 3;
    private static final int DATA = 1 << 4;
    private static final int TIMESTAMP = 1 << 5;
    private static final int QMP = 1 << 6;

    /** Such a frame fits into the parser's buffer, so it is always read as a whole. */
    private static final int SHORT = 4096;

    private static final int BYTES_PER_PARSER = 256 * 1024;

    /** The limit of an event's name and of an error's class, because applications keep both, as keys of counters. */
    private static final int MAX_KEPT_NAME = 256;

    private static final ByteBuffer UTF_8_FOR_SURE = ByteBuffer.wrap("{}  ".getBytes(StandardCharsets.US_ASCII));
    private static final OutputStream NOWHERE = OutputStream.nullOutputStream();

    /**
     * One reader for each thread, because creating a reader takes as long as reading a short message. Between two
     * messages it holds no message.
     */
    private static final ThreadLocal<ServerMessageReader> OF_THREAD = ThreadLocal.withInitial(ServerMessageReader::new);

    private final FrameInputStream stream = new FrameInputStream();
    /** The parser of short frames; null before the first one, and after a failure. */
    private @Nullable JsonParser shortFrames;
    /** The number of bytes that it has read. */
    private long taken;

    private int seen;
    private @Nullable JsonNode result;
    private @Nullable JsonNode error;
    private @Nullable JsonNode id;
    private @Nullable JsonNode event;
    private @Nullable JsonNode data;
    private @Nullable JsonNode timestamp;
    private @Nullable JsonNode greeting;

    private ServerMessageReader() {}

    /**
     * Reads one frame.
     *
     * @throws ProtocolException if the frame is not one message in UTF-8 within all limits
     */
    static QmpMessage read(ByteBuffer frame) {
        Utf8.require(frame);
        ServerMessageReader reader = OF_THREAD.get();
        try {
            if (frame.remaining() > SHORT) {
                reader.readLong(frame);
            } else {
                reader.readShort(frame);
            }
            return reader.message();
        } finally {
            reader.clear();
        }
    }

    private void clear() {
        seen = 0;
        result = null;
        error = null;
        id = null;
        event = null;
        data = null;
        timestamp = null;
        greeting = null;
    }

    // ------------------------------------------------------------------ parsing

    private void readLong(ByteBuffer frame) {
        try (JsonParser parser = Json.parser(frame)) {
            parser.nextToken();
            readMembers(parser);
            if (parser.nextToken() != null) {
                throw notOneObject();
            }
        } catch (JacksonException e) {
            throw Json.broken(e, 0);
        }
    }

    private void readShort(ByteBuffer frame) {
        JsonParser parser = shortFrames == null ? newParser() : shortFrames;
        shortFrames = null; // restored after success only
        long before = taken;
        taken += frame.remaining();
        stream.frame = frame;
        try {
            parser.nextToken();
            readMembers(parser);
            if (parser.releaseBuffered(NOWHERE) > 0) {
                throw notOneObject();
            }
        } catch (JacksonException e) {
            throw Json.broken(e, before);
        } finally {
            stream.frame = FrameInputStream.NOTHING;
        }
        if (taken < BYTES_PER_PARSER) {
            shortFrames = parser;
        } else {
            parser.close();
        }
    }

    /**
     * Creates a parser on an empty stream. A parser guesses the encoding from the first bytes, which must not be those
     * of a peer.
     */
    private JsonParser newParser() {
        stream.frame = UTF_8_FOR_SURE.duplicate();
        JsonParser made = Json.MAPPER.createParser(stream);
        made.nextToken();
        made.nextToken();
        taken = UTF_8_FOR_SURE.remaining();
        return made;
    }

    private static ProtocolException notOneObject() {
        return new ProtocolException(Violation.BAD_MESSAGE, "a message is not one JSON object");
    }

    /** Reads the members of a message, whose first token is the parser's current one. */
    private void readMembers(JsonParser parser) {
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            switch (name) {
                case "return" -> result = once(RETURN, name, parser);
                case "error" -> error = once(ERROR, name, parser);
                case "id" -> id = once(ID, name, parser);
                case "event" -> event = once(EVENT, name, parser);
                case "data" -> data = once(DATA, name, parser);
                case "timestamp" -> timestamp = once(TIMESTAMP, name, parser);
                case "QMP" -> greeting = once(QMP, name, parser);
                default -> parser.skipChildren();
            }
        }
        if (!parser.hasToken(JsonToken.END_OBJECT)) {
            throw notOneObject();
        }
    }

    private JsonNode once(int member, String name, JsonParser parser) {
        if ((seen & member) != 0) {
            throw new ProtocolException(Violation.BAD_MESSAGE, "a message has two members '" + name + "'");
        }
        seen |= member;
        return Json.tree(parser);
    }

    // ------------------------------------------------------------------ the message

    private QmpMessage message() {
        int kind = seen & (RETURN | ERROR | EVENT | QMP);
        return switch (kind) {
            case RETURN -> new QmpReply(id, result, null);
            case ERROR -> QmpReply.failure(id, errorInfo());
            case EVENT -> eventMessage();
            case QMP -> GreetingReader.read(require(greeting));
            default ->
                throw new ProtocolException(
                        Violation.UNEXPECTED,
                        kind == 0
                                ? "a message is neither greeting, reply nor event"
                                : "a message is more than one of greeting, result, error and event");
        };
    }

    private QmpErrorInfo errorInfo() {
        JsonNode info = require(error);
        JsonNode errorClass = info.get("class");
        JsonNode description = info.get("desc");
        if (errorClass == null || !errorClass.isString() || description == null || !description.isString()) {
            throw new ProtocolException(Violation.UNEXPECTED, "an error reply lacks its class or description");
        }
        return new QmpErrorInfo(keptName("an error's class", errorClass), description.stringValue());
    }

    private QmpEvent eventMessage() {
        JsonNode name = require(event);
        if (!name.isString()) {
            throw new ProtocolException(Violation.UNEXPECTED, "an event's name is not a string");
        }
        return new QmpEvent(
                keptName("an event's name", name), data == null ? QmpJson.object() : data, instant(timestamp));
    }

    private static String keptName(String what, JsonNode value) {
        String name = value.stringValue();
        if (name.length() > MAX_KEPT_NAME) {
            throw new ProtocolException(
                    Violation.LIMIT, what + " is longer than " + MAX_KEPT_NAME + " characters, which is a fixed limit");
        }
        return name;
    }

    /**
     * {@return the time of an event; null if it is missing or malformed, or -1, by which a server reports that its
     * clock failed}
     */
    private static @Nullable Instant instant(@Nullable JsonNode timestamp) {
        if (timestamp == null
                || !timestamp.path("seconds").isIntegralNumber()
                || !timestamp.path("microseconds").isIntegralNumber()) {
            return null;
        }
        long seconds = timestamp.path("seconds").asLong(-1);
        long micros = timestamp.path("microseconds").asLong(-1);
        boolean sound = seconds >= 0 && seconds <= Instant.MAX.getEpochSecond() && micros >= 0 && micros < 1_000_000;
        return sound ? Instant.ofEpochSecond(seconds, micros * 1000) : null;
    }

    private static JsonNode require(@Nullable JsonNode node) {
        if (node == null) {
            throw new IllegalStateException("a member that was seen has a value");
        }
        return node;
    }

    /** The stream of the parser. It ends at the end of the frame. */
    private static final class FrameInputStream extends InputStream {

        private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

        private ByteBuffer frame = NOTHING;

        @Override
        public int read() {
            return frame.hasRemaining() ? frame.get() & 0xFF : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            int count = Math.min(length, frame.remaining());
            frame.get(into, offset, count);
            return count == 0 ? -1 : count;
        }
    }
}
