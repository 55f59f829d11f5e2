package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands of a guest agent that need no guest, and the replies that only agents send. */
final class AgentCommands {

    static final String SYNC_DELIMITED = "guest-sync-delimited";
    static final CommandHandler SYNC_HANDLER = AgentCommands::sync;

    private static final String REFUSAL_OF_ID = "QMP input object member 'id' is unexpected";

    /** Commands that an agent does not reply to if they succeed. */
    private static final Set<String> WITHOUT_SUCCESS_RESPONSE =
            Set.of("guest-shutdown", "guest-suspend-disk", "guest-suspend-hybrid", "guest-suspend-ram");

    private AgentCommands() {}

    /** Adds the handlers of ping, synchronization and info. */
    static void addTo(Map<String, CommandHandler> handlers, QmpGreeting greeting) {
        handlers.put("guest-ping", AgentCommands::ping);
        handlers.put("guest-sync", SYNC_HANDLER);
        handlers.put(SYNC_DELIMITED, SYNC_HANDLER);
        handlers.put("guest-info", command -> {
            refuseOthers(command.arguments(), "");
            return info(handlers.keySet(), greeting);
        });
    }

    private static JsonNode ping(QmpCommand command) throws CommandRejection {
        refuseOthers(command.arguments(), "");
        return QmpJson.object();
    }

    /** Rejects all arguments but one. */
    private static void refuseOthers(@Nullable JsonNode arguments, String known) throws CommandRejection {
        if (arguments != null) {
            for (String name : arguments.propertyNames()) {
                if (!name.equals(known)) {
                    throw new CommandRejection("Parameter '" + name + "' is unexpected");
                }
            }
        }
    }

    private static JsonNode sync(QmpCommand command) throws CommandRejection {
        JsonNode arguments = command.arguments();
        JsonNode id = arguments == null ? null : arguments.get("id");
        if (id == null) {
            throw new CommandRejection("Parameter 'id' is missing");
        }
        if (!id.isIntegralNumber()) {
            throw new CommandRejection("Invalid parameter type for 'id', expected: integer");
        }
        refuseOthers(arguments, "id");
        return id;
    }

    private static JsonNode info(Set<String> commands, QmpGreeting greeting) {
        ObjectNode info = QmpJson.object();
        info.put(
                "version",
                greeting.version().major() + "." + greeting.version().minor() + "."
                        + greeting.version().micro());
        ArrayNode supported = info.putArray("supported_commands");
        for (String name : new TreeSet<>(commands)) {
            supported
                    .addObject()
                    .put("enabled", true)
                    .put("name", name)
                    .put("success-response", !WITHOUT_SUCCESS_RESPONSE.contains(name));
        }
        return info;
    }

    /** {@return the reply of an agent before 4.0 to a command that has an id} The reply has none. */
    static QmpReply refusalOfId() {
        return QmpReply.failure(null, new QmpErrorInfo(QmpErrorInfo.GENERIC_ERROR, REFUSAL_OF_ID));
    }
}
