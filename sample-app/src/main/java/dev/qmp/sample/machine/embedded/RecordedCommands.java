package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import java.io.InputStream;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Commands with a constant result: recorded replies of QEMU 7.2, and its schema, reduced to the commands of an
 * embedded machine.
 */
final class RecordedCommands implements Feature {

    private static final JsonNode REPLIES = read("/embedded/replies.json");
    /** The reply to {@code query-qmp-schema}. */
    static final JsonNode SCHEMA = read("/embedded/schema.json");

    private static final JsonNode YANKABLE = REPLIES.get("query-yank");

    @Override
    public void install(BiConsumer<String, CommandHandler> commands) {
        REPLIES.properties().forEach(reply -> commands.accept(reply.getKey(), command -> reply.getValue()));
        commands.accept("yank", RecordedCommands::yank);
    }

    /** The only instance to yank is the monitor itself. The command ends the connection without a reply. */
    private static JsonNode yank(QmpCommand command) throws Exception {
        JsonNode instances = Feature.arguments(command).path("instances");
        for (JsonNode instance : instances) {
            if (!YANKABLE.valueStream().anyMatch(instance::equals)) {
                throw new CommandRejection("DeviceNotFound", "Instance not found");
            }
        }
        return instances.isEmpty()
                ? QmpJson.object()
                : CommandHandler.hangingUp().handle(command);
    }

    private static JsonNode read(String resource) {
        InputStream stream = RecordedCommands.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new IllegalStateException("the application lacks its resource " + resource);
        }
        return JsonMapper.shared().readTree(stream);
    }
}
