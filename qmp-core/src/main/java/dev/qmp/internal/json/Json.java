package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import java.nio.ByteBuffer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.jackson.JsonNodeDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.StringNode;

/**
 * Jackson's configuration for QMP: strict, limited, pure ASCII on the wire, and without quotes of the input in
 * messages.
 */
final class Json {

    private static final int MAX_NUMBER_LENGTH = 64;
    private static final int MAX_NAME_LENGTH = 4096;
    private static final long MAX_TOKENS = 2 * 1024 * 1024;
    private static final String HUGE_EXPONENT = "Exponent";

    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(JsonFrameScanner.MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .maxNameLength(MAX_NAME_LENGTH)
                            .maxTokenCount(MAX_TOKENS)
                            .maxStringLength(Integer.MAX_VALUE) // the limit of the frame is lower
                            .build())
                    .streamWriteConstraints(StreamWriteConstraints.builder()
                            .maxNestingDepth(JsonFrameScanner.MAX_DEPTH)
                            .build())
                    .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .rootValueSeparator("") // messages have their own end marks
                    .build())
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS) // as a double, 1e400 is infinity
            .build();

    private static final ValueDeserializer<? extends JsonNode> TREES =
            JsonNodeDeserializer.getDeserializer(JsonNode.class);

    private Json() {}

    static JsonParser parser(ByteBuffer frame) {
        if (frame.hasArray()) {
            return MAPPER.createParser(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining());
        }
        byte[] copy = new byte[frame.remaining()];
        frame.duplicate().get(copy);
        return MAPPER.createParser(copy);
    }

    /**
     * {@return the parser's current value as a tree} The mapper's own method first searches a deserializer, which takes
     * longer than the parsing of a short value.
     *
     * @throws JacksonException if the value is not valid, or exceeds a limit
     */
    static JsonNode tree(JsonParser parser) {
        if (parser.hasToken(JsonToken.VALUE_STRING)) {
            return StringNode.valueOf(parser.getString());
        }
        DeserializationContext context = (DeserializationContext) parser.objectReadContext();
        if (parser.hasToken(JsonToken.START_OBJECT) && parser.nextToken() == JsonToken.END_OBJECT) {
            return context.getNodeFactory().objectNode(); // the result of most commands
        }
        if (parser.hasToken(JsonToken.VALUE_NULL)) {
            return context.getNodeFactory().nullNode();
        }
        try {
            return TREES.deserialize(parser, context);
        } catch (NumberFormatException e) { // its text quotes the number
            throw new StreamConstraintsException(HUGE_EXPONENT, parser.currentTokenLocation());
        }
    }

    /**
     * {@return the exception for broken JSON} Jackson's own text may quote the input. So only the kind and the place
     * are passed on, and Jackson's exception is not the cause.
     *
     * @param begin the number of bytes that the parser had read before the message
     */
    static ProtocolException broken(JacksonException e, long begin) {
        boolean limit = e instanceof StreamConstraintsException;
        long offset = e.getLocation() == null ? -1 : e.getLocation().getByteOffset() - begin;
        return new ProtocolException(
                limit ? Violation.LIMIT : Violation.BAD_MESSAGE,
                (limit ? exceeded(e) : "a message is not valid JSON")
                        + (offset < 0 ? "" : " at byte " + offset)
                        + " (" + e.getClass().getSimpleName() + ")");
    }

    /**
     * {@return the limit that was exceeded} Jackson distinguishes the limits only by its text, of which nothing is
     * passed on.
     */
    private static String exceeded(JacksonException e) {
        String text = String.valueOf(e.getOriginalMessage());
        if (text.startsWith("Name")) {
            return "a message has a name of more than " + MAX_NAME_LENGTH + " bytes, which is a fixed limit,";
        }
        if (text.startsWith("Number")) {
            return "a message has a number of more than " + MAX_NUMBER_LENGTH + " digits, which is a fixed limit,";
        }
        if (text.startsWith(HUGE_EXPONENT)) {
            return "a message has a number whose exponent exceeds 32 bits, which is a fixed limit,";
        }
        if (text.startsWith("Token count")) {
            return "a message has more than " + MAX_TOKENS + " tokens, which is a fixed limit,";
        }
        return "a message exceeds a fixed limit";
    }
}
