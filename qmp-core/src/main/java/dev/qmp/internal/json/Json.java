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

/** Jackson as QMP needs it: strict, limited, pure ASCII on the wire, and never quoting input in its complaints. */
final class Json {

    private static final int MAX_NUMBER_LENGTH = 64;
    private static final int MAX_NAME_LENGTH = 4096;
    private static final long MAX_TOKENS = 2 * 1024 * 1024;

    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(JsonFrameScanner.MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .maxNameLength(MAX_NAME_LENGTH)
                            .maxTokenCount(MAX_TOKENS)
                            .maxStringLength(Integer.MAX_VALUE) // the frame's own bound is the tighter one
                            .build())
                    .streamWriteConstraints(StreamWriteConstraints.builder()
                            .maxNestingDepth(JsonFrameScanner.MAX_DEPTH)
                            .build())
                    .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .rootValueSeparator("") // messages have end marks of their own
                    .build())
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS) // a double makes infinity of 1e400
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
     * {@return the value whose first token the parser has, as a tree} Without the search for a deserializer by which
     * the mapper's own method would begin, which takes longer than to read a short value.
     */
    static JsonNode tree(JsonParser parser) {
        DeserializationContext context = (DeserializationContext) parser.objectReadContext();
        return parser.hasToken(JsonToken.VALUE_NULL)
                ? context.getNodeFactory().nullNode()
                : TREES.deserialize(parser, context);
    }

    /**
     * Jackson's own text may quote the input, so only its kind and place are passed on, and it is no cause.
     *
     * @param begin how many bytes the parser had read before the message
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

    /** {@return which limit was exceeded} Jackson tells that by its text only, of which nothing is passed on. */
    private static String exceeded(JacksonException e) {
        String text = String.valueOf(e.getOriginalMessage());
        if (text.startsWith("Name")) {
            return "a message has a name of more than " + MAX_NAME_LENGTH + " bytes, which is a fixed limit,";
        }
        if (text.startsWith("Number")) {
            return "a message has a number of more than " + MAX_NUMBER_LENGTH + " digits, which is a fixed limit,";
        }
        if (text.startsWith("Token count")) {
            return "a message has more than " + MAX_TOKENS + " tokens, which is a fixed limit,";
        }
        return "a message exceeds a fixed limit";
    }
}
