package dev.qmp.sample.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads server-sent events as they come. */
public final class EventReader implements AutoCloseable {

    private final InputStream stream;
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private volatile boolean ended;

    /** Opens the stream that the request asks for. */
    public EventReader(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        stream = response.body();
        Thread thread = new Thread(this::read, "event-reader");
        thread.setDaemon(true);
        thread.start();
    }

    /** {@return all events so far} */
    public List<Event> events() {
        return events;
    }

    /** {@return the names of a connection's QMP events so far} */
    public List<String> names(String connection) {
        return events.stream()
                .filter(event -> event.type().equals("qmp"))
                .filter(event -> event.data().get("connection").stringValue().equals(connection))
                .map(event -> event.data().get("event").stringValue())
                .toList();
    }

    /** {@return whether the server has ended the stream} */
    public boolean hasEnded() {
        return ended;
    }

    private void read() {
        String id = "";
        String type = "";
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id:")) {
                    id = line.substring(3).strip();
                } else if (line.startsWith("event:")) {
                    type = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    events.add(new Event(id, type, JsonMapper.shared().readTree(line.substring(5))));
                }
            }
        } catch (IOException e) {
            // closed by this side, or the server is gone: the stream has ended either way
        }
        ended = true;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }

    /**
     * One event.
     *
     * @param id its id
     * @param type its type
     * @param data its data
     */
    public record Event(String id, String type, JsonNode data) {}
}
