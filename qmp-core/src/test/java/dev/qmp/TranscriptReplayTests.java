package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.schema.QmpSchema;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import dev.qmp.testing.Transcript;
import dev.qmp.testing.Transcript.Line;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Recorded sessions with each version of QEMU, replayed to a client: each reply reaches its command. */
@Timeout(60)
class TranscriptReplayTests {

    static Stream<Transcript> transcripts() {
        return Transcript.ofEachVersion("machine", "pc", "storage-daemon");
    }

    @ParameterizedTest(name = "{0}: every reply reaches its command, every event comes in order")
    @MethodSource("transcripts")
    void everyReplyReachesItsCommandAndEveryEventComesInOrder(Transcript transcript) {
        List<Line> lines = transcript.lines();
        int begin = 1;
        while (!lines.get(begin).received() || lines.get(begin).isEvent()) {
            begin++;
        }
        List<QmpEvent> events = new CopyOnWriteArrayList<>();
        try (ScriptedServer server = ScriptedServer.start();
                QmpClient client = QmpClient.builder(server.endpoint())
                        .reconnect(ReconnectPolicy.never())
                        .build()) {
            client.events().subscribe(EventFilter.all(), events::add);
            Replay replay = new Replay(client, server);
            replay.negotiate(lines.get(0), lines.get(begin));
            for (Line line : lines.subList(begin + 1, lines.size())) {
                replay.play(line);
            }
            List<Line> expected = lines.stream().filter(Line::isEvent).toList();
            await().until(() -> events.size() >= expected.size());
            assertThat(events)
                    .extracting(QmpEvent::name)
                    .containsExactlyElementsOf(expected.stream()
                            .map(line -> line.message().get("event").asString())
                            .toList());
            assertThat(client.status())
                    .extracting(QmpClientStatus::queued, QmpClientStatus::pending, QmpClientStatus::abandoned)
                    .containsExactly(0, 0, 0);
        }
    }

    @ParameterizedTest(name = "{0}: the library contains the schema that the machine sent")
    @ValueSource(strings = {"5.2", "7.2", "10.0", "11.1"})
    void theSchemaOfTheLibraryIsTheRecordedOne(String version) throws IOException {
        List<Line> lines = Transcript.read(version + "/machine").lines();
        JsonNode command = lines.stream()
                .filter(line -> !line.received() && line.text().contains("query-qmp-schema"))
                .findFirst()
                .orElseThrow()
                .message();
        JsonNode reply = lines.stream()
                .filter(Line::received)
                .map(Line::message)
                .filter(message -> command.get("id").equals(message.get("id")))
                .findFirst()
                .orElseThrow();
        try (InputStream file = QmpSchema.class.getResourceAsStream(version + ".json.gz")) {
            assertThat(file).isNotNull();
            JsonNode recorded = JsonMapper.shared().readTree(new GZIPInputStream(file));
            assertThat(recorded.get("return")).isEqualTo(reply.get("return"));
        }
    }

    @Test
    @DisplayName("the library contains no transcript")
    void theLibraryContainsNoTranscript() throws IOException, URISyntaxException {
        Path classes = Path.of(QmpClient.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        assertThat(classes).as("the content of the jar").isDirectory();
        try (Stream<Path> files = Files.walk(classes)) {
            assertThat(files.map(Path::toString)).noneMatch(file -> file.contains("transcripts"));
        }
    }

    /** The server's lines are the recorded ones, but for the ids, which the client chooses. */
    private static final class Replay {

        private final QmpClient client;
        private final ScriptedServer server;
        private final Random random = new Random(17);
        private Peer peer;
        private CompletableFuture<JsonNode> outcome = new CompletableFuture<>();
        private JsonNode recordedId;
        private JsonNode id;

        Replay(QmpClient client, ScriptedServer server) {
            this.client = client;
            this.server = server;
        }

        void negotiate(Line greeting, Line reply) {
            CompletableFuture<Void> connected = client.connect();
            peer = server.accept().sayBytes(greeting.bytes());
            recordedId = reply.message().get("id");
            id = peer.hear("qmp_capabilities").get("id");
            say(reply);
            peer.identify();
            connected.join();
        }

        void play(Line line) {
            if (!line.received()) {
                QmpCommand command = QmpCommand.fromMessage((ObjectNode) line.message());
                recordedId = line.message().get("id");
                outcome = client.execute(command.withId(null));
                id = peer.hear(command.name()).get("id");
                return;
            }
            say(line);
            if (!line.isEvent()) {
                assertOutcome(line.message());
            }
        }

        private void assertOutcome(JsonNode reply) {
            if (reply.has("error")) {
                assertThat(outcome)
                        .failsWithin(Duration.ofSeconds(20))
                        .withThrowableThat()
                        .havingCause()
                        .isInstanceOf(RejectedException.class)
                        .withMessageContaining(reply.at("/error/class").asString());
            } else {
                assertThat(outcome.join()).isEqualTo(reply.get("return"));
            }
        }

        /** In pieces of random lengths, so that what is read ends anywhere. */
        private void say(Line line) {
            String text = line.text();
            if (!line.isEvent()) {
                String member = "\"id\": " + recordedId;
                assertThat(text).containsOnlyOnce(member);
                text = text.replace(member, "\"id\": " + id);
            }
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            for (int at = 0; at < bytes.length; ) {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(Math.max(1, bytes.length)));
                peer.sayBytes(Arrays.copyOfRange(bytes, at, end));
                at = end;
            }
        }
    }
}
