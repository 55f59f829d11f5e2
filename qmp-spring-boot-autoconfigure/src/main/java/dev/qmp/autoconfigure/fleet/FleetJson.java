package dev.qmp.autoconfigure.fleet;

import dev.qmp.message.QmpJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The text that instances exchange: JSON objects, never serialized Java objects. Numbers keep every digit, as on the
 * wire to a machine.
 */
final class FleetJson {

    /** More than the depth that a machine's reply may have, because the reply is nested in a message. */
    private static final int MAX_DEPTH = 1100;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .streamWriteConstraints(StreamWriteConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private FleetJson() {}

    static ObjectNode object() {
        return QmpJson.object();
    }

    static String write(JsonNode tree) {
        return MAPPER.writeValueAsString(tree);
    }

    /**
     * {@return the object that a text describes; null if it is none} Nothing of the text shows in a log or exception.
     */
    static @Nullable ObjectNode read(String text) {
        try {
            return MAPPER.readTree(text) instanceof ObjectNode object ? object : null;
        } catch (JacksonException | NumberFormatException e) { // the latter for a huge exponent
            return null;
        }
    }

    /** {@return a member that is a string; null if there is none} */
    static @Nullable String text(JsonNode object, String name) {
        JsonNode value = object.get(name);
        return value != null && value.isString() ? value.stringValue() : null;
    }
}
