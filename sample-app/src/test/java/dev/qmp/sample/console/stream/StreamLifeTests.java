package dev.qmp.sample.console.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.Api.Answer;
import dev.qmp.sample.testing.EventReader;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.server.QmpServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The number of streams is limited, so a stream ends in time, and only a reader has one. */
class StreamLifeTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private QmpServer server;
    private RunningSample sample;
    private Api api;

    @BeforeEach
    void start() {
        server = QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp"))).start();
        sample = new RunningSample("--qmp.connection.vm1.address=" + server.endpoint());
        api = sample.api();
        await().atMost(SOON).until(() -> api.runstate().equals("RUNNING"));
    }

    @AfterEach
    void stop() {
        sample.close();
        server.close();
    }

    @Test
    void aRequestForTheHeadersOpensNoStream() throws Exception {
        for (int i = 0; i <= EventStreams.MOST; i++) {
            Answer head = api.send(api.request("/api/events").method("HEAD", BodyPublishers.noBody()));
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.type()).isEqualTo("text/event-stream");
        }
        try (EventReader reader = new EventReader(api.request("/api/events"))) {
            server.emit(QmpEvent.of("STOP"));
            await().atMost(SOON).until(() -> reader.names("vm1").contains("STOP"));
        }
    }

    @Test
    void aReaderTooManyIsRefused() throws Exception {
        List<EventReader> readers = new ArrayList<>();
        try {
            for (int i = 0; i < EventStreams.MOST; i++) {
                readers.add(new EventReader(api.request("/api/events")));
            }
            Answer refused = api.get("/api/events");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.member("outcome")).isEmpty();
        } finally {
            for (EventReader reader : readers) {
                reader.close();
            }
        }
    }

    @Test
    void aStreamEndsInTimeAndTheNextOneGoesOn() throws Exception {
        try (EventReader lasting = new EventReader(api.request("/api/events"))) {
            sample.bean(EventStreams.class).endAfter(Duration.ofMillis(50));
            server.emit(QmpEvent.of("FIRST"));
            await().atMost(SOON).until(() -> lasting.names("vm1").contains("FIRST"));
            EventReader.Event last;
            try (EventReader reader = new EventReader(api.request("/api/events?history=100"))) {
                await().atMost(SOON).until(reader::hasEnded);
                assertThat(reader.names("vm1")).containsExactly("FIRST");
                last = reader.events().get(reader.events().size() - 1);
                assertThat(last.type()).isEqualTo("renew");
            }
            server.emit(QmpEvent.of("SECOND"));
            await().atMost(SOON).until(() -> lasting.names("vm1").contains("SECOND"));
            try (EventReader reader = new EventReader(api.request("/api/events").header("Last-Event-ID", last.id()))) {
                await().atMost(SOON).until(reader::hasEnded);
                assertThat(reader.names("vm1")).containsExactly("SECOND");
            }
            assertThat(lasting.hasEnded()).isFalse();
        }
    }
}
