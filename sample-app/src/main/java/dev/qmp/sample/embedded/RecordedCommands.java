package dev.qmp.sample.embedded;

import dev.qmp.server.CommandHandler;
import java.io.InputStream;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Commands whose answer never changes: replies of a real QEMU 7.2, recorded, and that QEMU's schema, reduced to what an
 * embedded machine knows.
 */
final class RecordedCommands implements Feature {

    private static final JsonNode REPLIES = read("/embedded/replies.json");
    private static final JsonNode SCHEMA = read("/embedded/schema.json");

    @Override
    public void install(BiConsumer<String, CommandHandler> commands) {
        REPLIES.properties().forEach(reply -> commands.accept(reply.getKey(), recorded(reply.getValue())));
        commands.accept("query-qmp-schema", recorded(SCHEMA));
    }

    private static CommandHandler recorded(JsonNode reply) {
        return command -> {
            Arguments.of(command);
            return reply;
        };
    }

    private static JsonNode read(String resource) {
        InputStream stream = RecordedCommands.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new IllegalStateException("the application lacks its resource " + resource);
        }
        return JsonMapper.shared().readTree(stream);
    }
}
