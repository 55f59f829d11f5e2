package dev.qmp.sample.app;

import dev.qmp.message.QmpCommand;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a command in QMP's form. It refuses every text that two programs could read differently: a duplicate key, an
 * unknown member, text after the end. The client refuses values that QMP cannot carry, such as a number beyond 64 bits.
 *
 * <p>The number of values is limited, because a value takes up to a hundred times the memory of its text.
 */
@Component
public class CommandReader {

    static final int MAX_DEPTH = 500;
    static final int MAX_TOKENS = 20_000;

    private static final int MAX_DIGITS = 1000;

    private final JsonMapper mapper = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxTokenCount(MAX_TOKENS)
                            .maxNumberLength(MAX_DIGITS)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * {@return the command of a message}
     *
     * @throws UnreadableCommandException if the message is not one JSON object in UTF-8, or no QMP command
     */
    public QmpCommand read(byte[] message) {
        JsonNode tree = parse(decode(message));
        if (!(tree instanceof ObjectNode object)) {
            throw new UnreadableCommandException(
                    "The body is " + (tree.isMissingNode() ? "empty" : "of the type " + tree.getNodeType())
                            + ". It must be a JSON object, such as {\"execute\": \"query-status\"}.");
        }
        try {
            QmpCommand command = QmpCommand.fromMessage(object);
            check(command);
            return command;
        } catch (IllegalArgumentException e) {
            throw new UnreadableCommandException("The body is no command: " + e.getMessage() + ".");
        }
    }

    private static String decode(byte[] message) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(message))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableCommandException("The body is not text in UTF-8.");
        }
    }

    private JsonNode parse(String text) {
        try {
            return mapper.readTree(text);
        } catch (StreamConstraintsException e) {
            throw new UnreadableCommandException("The body is beyond a limit: " + MAX_DEPTH + " levels, " + MAX_TOKENS
                    + " names, values and brackets, " + MAX_DIGITS + " digits a number.");
        } catch (MismatchedInputException e) {
            throw new UnreadableCommandException(
                    "The body goes on after the command; one request holds one command.", e.getLocation());
        } catch (JacksonException e) {
            throw new UnreadableCommandException("The body is not valid JSON: " + fault(e) + ".", e.getLocation());
        }
    }

    /** Removes the parser's advice about its own options. */
    private static String fault(JacksonException e) {
        return e.getOriginalMessage().replaceFirst("( \\(start marker at|: enable `).*", "");
    }

    /** Checks what {@link QmpCommand#fromMessage} leaves to the machine. */
    private static void check(QmpCommand command) {
        if (command.name().isBlank()) {
            throw new IllegalArgumentException("a command needs a name");
        }
        JsonNode arguments = command.arguments();
        if (arguments != null && !arguments.isObject()) {
            throw new IllegalArgumentException("'arguments' must be a JSON object, not " + arguments.getNodeType());
        }
        ObjectNode unknown = command.extra();
        if (unknown != null) {
            throw new IllegalArgumentException("it has members that no command has: '"
                    + String.join("', '", unknown.propertyNames()) + "'. Members are 'execute' or 'exec-oob',"
                    + " 'arguments' and 'id'");
        }
    }
}
