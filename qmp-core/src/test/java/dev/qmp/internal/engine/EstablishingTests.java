package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.ProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rows S5 and S23: what belongs to the handshake, and what to the session. */
class EstablishingTests extends OnManualDial {

    @Test
    @DisplayName("S23 RUNNING only when the session is fully established")
    void runningOnlyWhenEstablished() {
        CompletableFuture<Void> handshake = new CompletableFuture<>();
        probe.establishing = () -> handshake;
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        assertThat(probe.runstate()).isEqualTo(CONNECTING);
        assertThat(connected).isNotDone();
        handshake.complete(null);
        loops.run();
        assertThat(probe.runstate()).isEqualTo(RUNNING);
        assertThat(connected).isCompleted();
    }

    @Test
    @DisplayName("S23 messages of the handshake go to it, what came early goes to the session, in order")
    void earlyMessagesAreKept() {
        probe.establishing = () -> probe.hear().thenAccept(line -> probe.say("you said " + line));
        connecting();
        loops.dial().succeed();
        loops.transport().peerSays("one", "two", "three");
        assertThat(probe.heard()).containsExactly("two", "three");
        assertThat(loops.transport().written()).containsExactly("you said one");
    }

    @Test
    @DisplayName("S23 a message is not lost to a receive that its caller cancelled")
    void aReceiveThatWasGivenUp() {
        CompletableFuture<Void> handshake = new CompletableFuture<>();
        List<String> received = new ArrayList<>();
        probe.establishing = () -> {
            probe.hear().cancel(false);
            probe.hear().cancel(false);
            return handshake;
        };
        connecting();
        loops.dial().succeed();
        loops.transport().peerSays("one", "two");
        loops.run(() -> probe.hear().thenAccept(received::add));
        assertThat(received).containsExactly("one");
        loops.run(() -> handshake.complete(null));
        assertThat(probe.heard()).containsExactly("two");
    }

    @Test
    @DisplayName("S23 messages that no receive() waits for are bounded")
    void aTalkativePeerIsBounded() {
        neverEstablishes();
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        String[] flood = new String[100_000];
        Arrays.fill(flood, "talk");
        loops.transport().peerSays(flood);
        assertThat(connectFailure(connected)).hasCauseInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("S23 a session starts with an empty queue")
    void aSessionStartsWithAnEmptyQueue() {
        probe.maySend = line -> false;
        ManualTransport first = connected();
        probe.say("for the first");
        loops.run();
        first.peerCloses();
        assertThat(probe.unsent()).containsExactly("for the first");

        probe.maySend = line -> true;
        ManualTransport second = connected();
        loops.run();
        assertThat(second.written()).isEmpty();
    }

    @Test
    @DisplayName("S5 a protocol object can be connected any number of times")
    void canBeConnectedAgainAndAgain() {
        for (int round = 0; round < 3; round++) {
            connected();
            probe.disconnect();
            loops.run();
            assertIdle();
        }
    }
}
