package dev.qmp.sample.console.api;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.sample.app.CommandReader;
import dev.qmp.sample.app.RequestBodies;
import dev.qmp.schema.SecretArguments;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Objects;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Returns commands without their secrets, so that the console shows and keeps no password. Nothing is sent to a
 * machine.
 */
@RestController
class RedactionController {

    private final RequestBodies bodies;
    private final CommandReader reader;

    RedactionController(RequestBodies bodies, CommandReader reader) {
        this.bodies = bodies;
        this.reader = reader;
    }

    @PostMapping(path = "/api/redacted", consumes = MediaType.APPLICATION_JSON_VALUE)
    Redacted redact(HttpServletRequest request) throws IOException {
        RequestBodies.Body body = bodies.read(request);
        try {
            return redact(reader.read(body.bytes()));
        } finally {
            body.release();
        }
    }

    private static Redacted redact(QmpCommand command) {
        JsonNode arguments = SecretArguments.redact(command);
        ObjectNode message = QmpJson.object().put(command.isOutOfBand() ? "exec-oob" : "execute", command.name());
        if (arguments != null) {
            message.set("arguments", arguments);
        }
        return new Redacted(!Objects.equals(arguments, command.arguments()), message);
    }

    /**
     * A command that can be shown and kept.
     *
     * @param secrets whether the command has arguments that carry secrets
     * @param message the command's message, without its id, and with {@code ***} for each secret
     */
    record Redacted(boolean secrets, JsonNode message) {}
}
