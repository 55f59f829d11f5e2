package dev.qmp.sample.app;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.spring.QmpClients;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/**
 * Executes any command. The client's future becomes the response, so no thread waits for the machine.
 *
 * <p>The body is a QMP message. A well-formed command is sent to the machine, which checks its name and arguments.
 */
@RestController
class ExecuteController {

    private final QmpClients clients;
    private final RequestBodies bodies;
    private final CommandReader reader;

    ExecuteController(QmpClients clients, RequestBodies bodies, CommandReader reader) {
        this.clients = clients;
        this.bodies = bodies;
        this.reader = reader;
    }

    // because of produces, a caller that accepts no JSON is refused before the command is executed
    @PostMapping(
            path = "/api/connections/{name}/execute",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.APPLICATION_JSON_VALUE)
    CompletableFuture<Reply> execute(
            @PathVariable String name, HttpServletRequest request, HttpServletResponse response) throws IOException {
        QmpClient client = clients.find(name).orElseThrow(() -> new UnknownConnectionException(name));
        RequestBodies.Body body = bodies.read(request);
        try {
            QmpCommand command = reader.read(body.bytes());
            long started = System.nanoTime();
            // set before a failure becomes a problem detail, because a failure has a duration, too
            return client.execute(command)
                    .whenComplete((result, failure) -> {
                        body.release();
                        response.setHeader("Server-Timing", timing(System.nanoTime() - started));
                    })
                    .thenApply(result -> new Reply(result, command.id()));
        } catch (RuntimeException e) {
            body.release();
            throw e;
        }
    }

    private static String timing(long nanos) {
        return String.format(Locale.ROOT, "qmp;dur=%.3f", nanos / 1e6);
    }

    /**
     * The result of a command.
     *
     * @param result the value, as the machine sent it
     * @param id the id of the request's message, null if it had none
     */
    record Reply(
            @JsonProperty("return") JsonNode result,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable JsonNode id) {}
}
