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
 * Has a parser read whole frames, each one JSON object. Making a parser costs as much as reading a short reply, so that
 * short frames of one thread are read by one parser, to which they are values in a row: between two of them it has no
 * state. It is made anew after a failure, and in time for its limits, which count up, to be those of a message.
 */
final class FrameParser {

    /** Fits into the parser's buffer, so that a frame is always read as a whole. */
    private static final int SHORT = 4096;

    private static final int BYTES_PER_PARSER = 256 * 1024;
    private static final ByteBuffer UTF_8_FOR_SURE = ByteBuffer.wrap("{}  ".getBytes(StandardCharsets.US_ASCII));
    private static final ThreadLocal<FrameParser> OF_THREAD = ThreadLocal.withInitial(FrameParser::new);

    private final FrameStream stream = new FrameStream();
    private @Nullable JsonParser parser;
    private long taken;

    private FrameParser() {}

    /**
     * Reads one frame.
     *
     * @param reader reads one value, of which the parser has the first token
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
        parser = null; // it comes back when all went well
        long before = taken;
        taken += frame.remaining();
        stream.frame = frame;
        try {
            current.nextToken();
            reader.accept(current);
            if (current.releaseBuffered(OutputStream.nullOutputStream()) > 0) {
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

    /** A parser guesses the encoding by what it sees first: here that is nothing a peer has sent. */
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

    /** What the parser takes for a stream: its end is the end of the frame. */
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
