package dev.qmp.sample.app;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a command in QMP's form. It refuses every text that two programs could read differently: a duplicate key, an
 * unknown member, a number beyond 64 bits, text after the end. Each refusal names its place.
 *
 * <p>The number of values is limited, because a value takes up to a hundred times the memory of its text.
 */
@Component
public class CommandReader {

    static final int MAX_DEPTH = 500;
    static final int MAX_TOKENS = 20_000;

    private static final int MAX_DIGITS = 1000;
    private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger GREATEST = BigInteger.TWO.pow(Long.SIZE).subtract(BigInteger.ONE);
    private static final Set<String> MEMBERS = Set.of("execute", "exec-oob", "arguments", "id");
    private static final String EXAMPLE = "such as {\"execute\": \"query-status\"}";

    private final JsonNodeFactory nodes = JsonNodeFactory.instance;
    private final JsonFactory factory = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxTokenCount(MAX_TOKENS)
                    .maxNumberLength(MAX_DIGITS)
                    .build())
            .build();

    /**
     * {@return the command of a message}
     *
     * @throws UnreadableCommandException if the message is not one JSON object in UTF-8, or no QMP command
     */
    public QmpCommand read(byte[] message) {
        JsonNode tree = parse(decode(message));
        if (!(tree instanceof ObjectNode object)) {
            throw refusal("The body must be a JSON object, " + EXAMPLE + ", not " + article(tree) + ".");
        }
        check(object);
        QmpCommand command;
        try {
            command = QmpCommand.fromMessage(object);
        } catch (IllegalArgumentException e) {
            throw refusal("The body is no command: " + e.getMessage() + ".");
        }
        if (command.name().isBlank()) {
            throw refusal("The body is no command: a command needs a name.");
        }
        return command;
    }

    private static String decode(byte[] message) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(message))
                    .toString();
        } catch (CharacterCodingException e) {
            throw refusal("The body is not text in UTF-8.");
        }
    }

    private JsonNode parse(String text) {
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                throw refusal("The body is empty: it must be a JSON object, " + EXAMPLE + ".");
            }
            JsonNode tree = value(parser);
            if (parser.nextToken() != null) {
                throw refusal("The body goes on after the command; one request holds one command.", start(parser));
            }
            return tree;
        } catch (StreamConstraintsException e) {
            throw refusal("The body is beyond a limit: " + MAX_DEPTH + " levels, " + MAX_TOKENS
                    + " names, values and brackets, " + MAX_DIGITS + " digits a number.");
        } catch (JacksonException e) {
            throw refusal("The body is not JSON: " + fault(e) + ".", e.getLocation());
        }
    }

    /** Removes the parser's advice about its own options. */
    private static String fault(JacksonException e) {
        return e.getOriginalMessage().replaceFirst("( \\(start marker at|: enable `).*", "");
    }

    private JsonNode value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> decimal(parser);
            case VALUE_TRUE -> nodes.booleanNode(true);
            case VALUE_FALSE -> nodes.booleanNode(false);
            case VALUE_NULL -> nodes.nullNode();
            default -> nodes.stringNode(text(parser));
        };
    }

    private ObjectNode object(JsonParser parser) {
        ObjectNode object = QmpJson.object();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = text(parser);
            if (object.has(name)) {
                throw refusal("The body has a duplicate key, '" + name + "'.", start(parser));
            }
            parser.nextToken();
            object.set(name, value(parser));
        }
        return object;
    }

    private ArrayNode array(JsonParser parser) {
        ArrayNode array = nodes.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(parser));
        }
        return array;
    }

    /** QEMU reads a larger integer as a floating-point number, and so would execute another value. */
    private JsonNode integer(JsonParser parser) {
        BigInteger number = parser.getBigIntegerValue();
        if (number.compareTo(LEAST) < 0 || number.compareTo(GREATEST) > 0) {
            throw refusal("The body has a number beyond 64 bits; " + LEAST + " to " + GREATEST + ".", start(parser));
        }
        return nodes.numberNode(number);
    }

    private JsonNode decimal(JsonParser parser) {
        if (Double.isInfinite(parser.getDoubleValue())) {
            throw refusal("The body has a number beyond 1.8e308.", start(parser));
        }
        try {
            return nodes.numberNode(parser.getDecimalValue());
        } catch (NumberFormatException e) { // the double is zero, but the exponent exceeds 32 bits
            throw refusal("The body has a number whose exponent exceeds 32 bits.", start(parser));
        }
    }

    private static String text(JsonParser parser) {
        String text = parser.getString();
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw refusal("The body has half a surrogate pair, which is no character.", start(parser));
        }
        return text;
    }

    private static void check(ObjectNode message) {
        for (String name : message.propertyNames()) {
            if (!MEMBERS.contains(name)) {
                throw refusal("The body has an unknown member, '" + name
                        + "': a command has 'execute' or 'exec-oob', and may have 'arguments' and 'id'.");
            }
        }
        if (message.has("execute") == message.has("exec-oob")) {
            throw refusal("The body needs one of 'execute' and 'exec-oob', and has "
                    + (message.has("execute") ? "both" : "neither") + "; " + EXAMPLE + ".");
        }
        String key = message.has("execute") ? "execute" : "exec-oob";
        if (!message.get(key).isString()) {
            throw refusal(
                    "The name of the command, '" + key + "', must be a string, not " + article(message.get(key)) + ".");
        }
        JsonNode arguments = message.get("arguments");
        if (arguments != null && !arguments.isObject()) {
            throw refusal("'arguments' must be a JSON object, not " + article(arguments) + ".");
        }
    }

    private static String article(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "a boolean";
            default -> "null";
        };
    }

    private static TokenStreamLocation start(JsonParser parser) {
        return parser.currentTokenLocation();
    }

    private static UnreadableCommandException refusal(String detail) {
        return new UnreadableCommandException(detail);
    }

    private static UnreadableCommandException refusal(String detail, @Nullable TokenStreamLocation place) {
        if (place == null) {
            return refusal(detail);
        }
        return new UnreadableCommandException(detail, place.getLineNr(), place.getColumnNr());
    }
}
