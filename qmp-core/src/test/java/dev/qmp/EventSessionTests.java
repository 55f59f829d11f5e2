package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The signals that listeners receive at the end of a session and at the start of the next. */
class EventSessionTests extends OnEventSource {

    @Test
    @DisplayName("#53 listeners survive a reconnect, and are notified of it")
    void survivesAReconnect() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
        EventMailbox mailbox = client.events().openMailbox(EventFilter.named("A"));
        List<EventSignal> signals = new CopyOnWriteArrayList<>();
        client.events()
                .subscribe(EventFilter.named("A"), ListenerOptions.DEFAULTS, ForkJoinPool.commonPool(), signals::add);
        server.connect(client).emit("A").close();
        Peer second = server.accept();
        second.negotiate().emit("A");
        await().untilAsserted(() -> assertThat(signals).hasSize(5));
        client.disconnect().join();

        List<String> expected =
                List.of("Connected", "Received", "Disconnected", "Connected", "Received", "Disconnected");
        await().untilAsserted(() -> assertThat(signals).hasSize(6));
        assertThat(signals)
                .extracting(signal -> signal.getClass().getSimpleName())
                .isEqualTo(expected);
        assertThat(mailbox.clear())
                .extracting(signal -> signal.getClass().getSimpleName())
                .isEqualTo(expected);
        assertThat(signals.get(2)).isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> {
            assertThat(end.reconnecting()).isTrue();
            assertThat(end.cause()).isInstanceOf(ConnectionLostException.class);
        });
        assertThat(signals.get(5)).isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> {
            assertThat(end.reconnecting()).isFalse();
            assertThat(end.cause()).isNull();
        });
        assertThat(client.status().reconnects()).isEqualTo(1);
    }

    @Test
    @DisplayName("G13 a closed client ends its listeners")
    void endsListenersOfAClosedClient() {
        server.connect(client);
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        client.close();
        listener.clear();

        assertThatExceptionOfType(ListenerException.class).isThrownBy(() -> listener.next(SOON));
        assertThatExceptionOfType(ListenerException.class)
                .isThrownBy(() -> client.events().openMailbox(EventFilter.all()).next(SOON));
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @DisplayName("G6 a wait for an event fails if no other session follows")
    void tellsThatThereWillBeNoOtherSession() {
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        server.connect(client).close();

        assertThatExceptionOfType(ListenerException.class).isThrownBy(() -> listener.nextEvent(SOON));
    }
}
