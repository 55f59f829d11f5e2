package dev.qmp.sample.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Uses the sample over HTTP, as any program would. */
public final class Api {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final URI base;

    /** Uses the application that listens on a port of this computer. */
    public Api(int port) {
        base = URI.create("http://127.0.0.1:" + port);
    }

    /** {@return the port that the application listens on} */
    public int port() {
        return base.getPort();
    }

    /** Gets a resource. */
    public Answer get(String path) {
        return send(request(path).GET());
    }

    /** Posts a body of JSON. */
    public Answer post(String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Executes a command, of the connection named vm1. */
    public Answer execute(String command) {
        return execute(Map.of("execute", command));
    }

    /** Executes a whole message, of the connection named vm1. */
    public Answer execute(Map<String, ?> message) {
        return post("/api/connections/vm1/execute", MAPPER.writeValueAsString(message));
    }

    /** {@return the entry of vm1 in the list of connections} */
    public JsonNode vm1() {
        for (JsonNode connection : get("/api/connections").json()) {
            if (connection.get("name").stringValue().equals("vm1")) {
                return connection;
            }
        }
        throw new AssertionError("there is no connection vm1");
    }

    /** {@return the runstate of vm1} */
    public String runstate() {
        return vm1().get("runstate").stringValue();
    }

    /** Begins any other request. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofSeconds(20));
    }

    /** Sends a request. */
    public Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> response = CLIENT.send(request.build(), BodyHandlers.ofByteArray());
            return new Answer(
                    response.statusCode(),
                    response.headers().firstValue("Content-Type").orElse(""),
                    response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * A response.
     *
     * @param status the HTTP status
     * @param type the content type
     * @param response all of it
     */
    public record Answer(int status, String type, HttpResponse<byte[]> response) {

        /** {@return the body as JSON} */
        public JsonNode json() {
            return MAPPER.readTree(response.body());
        }

        /** {@return the body as text} */
        public String text() {
            return new String(response.body(), java.nio.charset.StandardCharsets.UTF_8);
        }

        /** {@return a member of the body, as text} */
        public String member(String name) {
            return json().path(name).asString("");
        }
    }
}
