package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;

/**
 * Parses whole frames, each one JSON object. The creation of a parser takes as long as the parsing of a short reply. So
 * each thread has one parser for all its short frames, which are a sequence of values to it. Between two values it has
 * no state.
 *
 * <p>A new parser is created after a failure. It is also replaced before its counters, which never decrease, reach the
 * limits of one message.
 */
final class FrameParser {

    /** Such a frame fits into the parser's buffer, so it is always read as a whole. */
    private static final int SHORT = 4096;

    private static final int BYTES_PER_PARSER = 256 * 1024;
    private static final ByteBuffer UTF_8_FOR_SURE = ByteBuffer.wrap("{}  ".getBytes(StandardCharsets.US_ASCII));
    private static final OutputStream NOWHERE = OutputStream.nullOutputStream();
    private static final ThreadLocal<FrameParser> OF_THREAD = ThreadLocal.withInitial(FrameParser::new);

    private final FrameStream stream = new FrameStream();
    private @Nullable JsonParser parser;
    private long taken;

    private FrameParser() {}

    /**
     * Reads one frame.
     *
     * @param reader reads one value, whose first token is the parser's current one
     * @throws ProtocolException if the frame is not one JSON value in UTF-8 within all limits
     */
    static void read(ByteBuffer frame, Consumer<JsonParser> reader) {
        Utf8.require(frame);
        if (frame.remaining() > SHORT) {
            readLong(frame, reader);
        } else {
            OF_THREAD.get().readShort(frame, reader);
        }
    }

    private static void readLong(ByteBuffer frame, Consumer<JsonParser> reader) {
        try (JsonParser parser = Json.parser(frame)) {
            parser.nextToken();
            reader.accept(parser);
            if (parser.nextToken() != null) {
                throw tooMuch();
            }
        } catch (JacksonException e) {
            throw Json.broken(e, 0);
        }
    }

    private void readShort(ByteBuffer frame, Consumer<JsonParser> reader) {
        JsonParser current = parser == null ? newParser() : parser;
        parser = null; // restored after success only
        long before = taken;
        taken += frame.remaining();
        stream.frame = frame;
        try {
            current.nextToken();
            reader.accept(current);
            if (current.releaseBuffered(NOWHERE) > 0) {
                throw tooMuch();
            }
        } catch (JacksonException e) {
            throw Json.broken(e, before);
        } finally {
            stream.frame = FrameStream.NOTHING;
        }
        if (taken < BYTES_PER_PARSER) {
            parser = current;
        } else {
            current.close();
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

    private static ProtocolException tooMuch() {
        return new ProtocolException(Violation.BAD_MESSAGE, "a message is not one JSON object");
    }

    /** The stream of the parser. It ends at the end of the frame. */
    private static final class FrameStream extends InputStream {

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
