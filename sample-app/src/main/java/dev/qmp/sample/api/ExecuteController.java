package dev.qmp.sample.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.qmp.message.QmpCommand;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Executes any command. The client's future becomes the response: no thread waits for the machine.
 *
 * <p>The body is a message as QMP writes it. What is wrong with the command is for the machine to say, in its own words.
 */
@RestController
class ExecuteController {

    private final Connections connections;

    ExecuteController(Connections connections) {
        this.connections = connections;
    }

    @PostMapping(path = "/api/connections/{name}/execute", consumes = MediaType.APPLICATION_JSON_VALUE)
    CompletableFuture<Reply> execute(
            @PathVariable String name, @RequestBody JsonNode message, HttpServletResponse response) {
        QmpCommand command = command(message);
        long started = System.nanoTime();
        // A failure took its time, too: the header is there before it becomes a problem detail.
        return connections
                .client(name)
                .execute(command)
                .whenComplete(
                        (result, failure) -> response.setHeader("Server-Timing", timing(System.nanoTime() - started)))
                .thenApply(Reply::new);
    }

    private static QmpCommand command(JsonNode message) {
        if (!(message instanceof ObjectNode object)) {
            throw malformed("the body must be a JSON object, such as {\"execute\": \"query-status\"}", null);
        }
        try {
            return QmpCommand.fromMessage(object);
        } catch (IllegalArgumentException e) {
            throw malformed(String.valueOf(e.getMessage()), e);
        }
    }

    private static ResponseStatusException malformed(
            String reason, @org.jspecify.annotations.Nullable Throwable cause) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, reason, cause);
    }

    private static String timing(long nanos) {
        return String.format(Locale.ROOT, "qmp;dur=%.3f", nanos / 1e6);
    }

    /**
     * What a command returned.
     *
     * @param result the value, as the machine sent it
     */
    record Reply(@JsonProperty("return") JsonNode result) {}
}
