package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rows S29 to S34: what ends a session, what the filters see, and how messages are accounted. */
class ReadingAndWritingTests extends OnManualLoops {

    private final IllegalStateException onPurpose = new IllegalStateException("on purpose");

    private Throwable endOfSession() {
        assertIdle();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        return probe.lastChange().cause();
    }

    private void throwOnPurpose(@SuppressWarnings("unused") String line) {
        throw onPurpose;
    }

    // ------------------------------------------------------------------ the end of a session

    @Test
    @DisplayName("S23 a writer that could not be scheduled writes with the next message")
    void aWriterThatCannotBeScheduled() {
        ManualTransport transport = connected();
        loops.run(() -> {
            loops.taskFailure = new InternalError("on purpose");
            assertThatExceptionOfType(InternalError.class).isThrownBy(() -> probe.say("one"));
        });
        assertThat(transport.written()).isEmpty();
        probe.say("two");
        loops.run();
        assertThat(transport.written()).containsExactly("one", "two");
    }

    @Test
    @DisplayName("S23 any exception of the outbound filter ends the session, a bad argument too")
    void aFilterThatThrows() {
        probe.outbound = line -> {
            throw new IllegalArgumentException("on purpose");
        };
        ManualTransport transport = connected();
        probe.say("one");
        loops.run();
        assertThat(probe.unsent()).containsExactly("one");
        assertThat(transport.isOpen()).isFalse();
        assertThat(probe.lastChange().cause()).hasMessage("on purpose");
    }

    @Test
    @DisplayName("a message that is queued twice is withdrawn once")
    void withdrawnOnce() {
        probe.maySend = line -> false;
        ManualTransport transport = connected();
        String line = "twice";
        probe.say(line);
        probe.say(line);
        loops.run();
        loops.run(() -> assertThat(probe.takeBack(line)).isTrue());
        probe.maySend = any -> true;
        loops.run(probe::resume);
        assertThat(transport.written()).containsExactly("twice");
    }

    @Test
    @DisplayName("what a scheduled task throws ends the session with that as its cause")
    void aScheduledTaskThatThrows() {
        connected();
        probe.later(Duration.ofSeconds(1), () -> {
            throw new IllegalStateException("on purpose");
        });
        loops.advance(Duration.ofSeconds(1));
        assertThat(probe.lastChange().cause()).hasMessage("on purpose");
        assertIdle();
    }

    @Test
    @DisplayName("what a scheduled task throws after its session has ended does not end the next session")
    void aScheduledTaskOfAnEarlierSession() {
        connected();
        probe.later(Duration.ofSeconds(1), () -> {
            throw new IllegalStateException("on purpose");
        });
        probe.disconnect();
        loops.run();
        connected();
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            loops.advance(Duration.ofSeconds(1));
            assertThat(log.at(Level.ERROR)).singleElement().asString().contains("A scheduled task failed");
        }
        assertThat(probe.runstate()).isEqualTo(RUNNING);
    }

    @Test
    @DisplayName("S29 a peer that closes ends the session, at info level")
    void endOfStreamIsInfo() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            connected().peerCloses();
            assertThat(log.at(Level.INFO)).singleElement().asString().contains("the peer closed the connection");
            assertThat(log.at(Level.ERROR)).isEmpty();
            assertThat(log.at(Level.WARN)).isEmpty();
        }
        assertThat(endOfSession())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isEndOfStream())
                        .isTrue());
    }

    @Test
    @DisplayName("S29 anything else ends it at error level, its trace at debug")
    void failuresAreErrors() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            connected().breaks(new ProtocolException(Violation.TRUNCATED, "cut"));
            assertThat(log.at(Level.ERROR)).singleElement().asString().contains("cut");
            assertThat(log.hasTraceAt(Level.ERROR)).isFalse();
            assertThat(log.hasTraceAt(Level.DEBUG)).isTrue();
        }
        assertThat(endOfSession()).isInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("S30 a writer that fails ends the session; what was queued is unsent")
    void aWriterThatFails() {
        ManualTransport transport = connected();
        transport.writeFailure = onPurpose;
        probe.say("one");
        probe.say("two");
        loops.run();
        assertThat(endOfSession()).isSameAs(onPurpose);
        assertThat(probe.unsent()).containsExactly("one", "two");
        assertThat(probe.sent()).isEmpty();
    }

    @Test
    @DisplayName("S30 a message that cannot be expressed is unsent, and the session goes on")
    void aMessageThatCannotBeExpressed() {
        ManualTransport transport = connected();
        transport.writeFailure = new IllegalArgumentException("it is longer than 10 bytes");
        probe.say("much too long");
        loops.run();
        transport.writeFailure = null;
        probe.say("short");
        loops.run();
        assertThat(probe.unsent()).containsExactly("much too long");
        assertThat(probe.sent()).containsExactly("short");
        assertThat(probe.runstate()).isEqualTo(RUNNING);
    }

    // ------------------------------------------------------------------ filters

    @Test
    @DisplayName("S31 filters see, and may replace, every message in and out, the handshake's too")
    void filtersSeeEverything() {
        List<String> in = new ArrayList<>();
        List<String> out = new ArrayList<>();
        probe.inbound = line -> {
            in.add(line);
            return line + "!";
        };
        probe.outbound = line -> {
            out.add(line);
            return line + "?";
        };
        probe.establishing = () -> {
            probe.say("who");
            return probe.hear().thenAccept(line -> probe.say("welcome " + line));
        };
        probe.connect(PEER);
        loops.run();
        loops.dial().succeed();
        loops.transport().peerSays("me");
        loops.transport().peerSays("news");

        assertThat(in).containsExactly("me", "news");
        assertThat(out).containsExactly("who", "welcome me!");
        assertThat(loops.transport().written()).containsExactly("who?", "welcome me!?");
        assertThat(probe.heard()).containsExactly("news!");
        assertThat(probe.sent()).as("accounted as they were queued").containsExactly("who", "welcome me!");
    }

    @Test
    @DisplayName("S31 an arrival comes before its messages, and without one too; what its hook throws ends the session")
    void arrivals() {
        List<String> seen = new ArrayList<>();
        probe.onArrival = () -> seen.add("arrival");
        probe.inbound = line -> {
            seen.add(line);
            return line;
        };
        ManualTransport transport = connected();
        transport.peerSays("one", "two");
        transport.peerSays();
        assertThat(seen).containsExactly("arrival", "one", "two", "arrival");

        probe.onArrival = () -> throwOnPurpose("");
        transport.peerSays("three");
        assertThat(endOfSession()).isSameAs(onPurpose);
        assertThat(probe.heard()).containsExactly("one", "two");
    }

    @Test
    @DisplayName("S31 an inbound filter that throws ends the session")
    void aThrowingInboundFilter() {
        probe.inbound = line -> {
            throw onPurpose;
        };
        connected().peerSays("news");
        assertThat(endOfSession()).isSameAs(onPurpose);
        assertThat(probe.heard()).isEmpty();
    }

    @Test
    @DisplayName("S31 an outbound filter that throws ends the session; its message is unsent")
    void aThrowingOutboundFilter() {
        probe.outbound = line -> {
            throw onPurpose;
        };
        connected();
        probe.say("news");
        loops.run();
        assertThat(endOfSession()).isSameAs(onPurpose);
        assertThat(probe.unsent()).containsExactly("news");
    }

    @Test
    @DisplayName("S31 the messages before the one whose filter throws are sent")
    void messagesBeforeAThrowingOutboundFilter() {
        probe.outbound = line -> {
            if (line.equals("two")) {
                throw onPurpose;
            }
            return line;
        };
        connected();
        List.of("one", "two", "three").forEach(probe::say);
        loops.run();
        assertThat(endOfSession()).isSameAs(onPurpose);
        assertThat(probe.sent()).containsExactly("one");
        assertThat(probe.unsent()).containsExactly("two", "three");
    }

    // ------------------------------------------------------------------ accounting

    @Test
    @DisplayName("S32 a message is sent when the system has taken every byte of it, and not before")
    void sentMeansTaken() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("slow");
        loops.run();
        assertThat(transport.written()).containsExactly("slow");
        assertThat(probe.sent()).isEmpty();
        transport.peerTakes();
        assertThat(probe.sent()).containsExactly("slow");
    }

    @Test
    @DisplayName("S32 messages leave in the order of one thread's calls, urgent ones overtake")
    void messagesKeepTheirOrder() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("0");
        loops.run();
        for (int i = 1; i <= 5; i++) {
            probe.say(Integer.toString(i));
        }
        probe.sayUrgently("now");
        loops.run();
        transport.peerTakes();
        assertThat(transport.written()).containsExactly("0", "now", "1", "2", "3", "4", "5");
    }

    @Test
    @DisplayName("S32 the flow control of the protocol holds the ordinary lane only")
    void flowControl() {
        probe.maySend = line -> false;
        ManualTransport transport = connected();
        probe.say("ordinary");
        probe.sayUrgently("urgent");
        loops.run();
        assertThat(transport.written()).containsExactly("urgent");
        probe.maySend = line -> true;
        loops.run(probe::resume);
        assertThat(transport.written()).containsExactly("urgent", "ordinary");
    }

    @Test
    @DisplayName("S32 the flow control of urgent messages holds both lanes")
    void flowControlOfUrgentMessages() {
        probe.maySendUrgent = line -> false;
        ManualTransport transport = connected();
        probe.say("ordinary");
        loops.run();
        assertThat(transport.written()).containsExactly("ordinary");
        probe.say("behind");
        probe.sayUrgently("urgent");
        loops.run();
        assertThat(transport.written()).containsExactly("ordinary");
        probe.maySendUrgent = line -> true;
        loops.run(probe::resume);
        assertThat(transport.written()).containsExactly("ordinary", "urgent", "behind");
    }

    @Test
    @DisplayName("S32 a queued message can be withdrawn, a written one cannot")
    void takingBack() {
        ManualTransport transport = connected();
        transport.takes = false;
        String written = "written";
        String queued = "queued";
        probe.say(written);
        loops.run();
        probe.say(queued);
        loops.run();
        List<Boolean> taken = new ArrayList<>();
        loops.run(() -> {
            taken.add(probe.takeBack(written));
            taken.add(probe.takeBack(queued));
            taken.add(probe.takeBack(queued));
        });
        assertThat(taken).containsExactly(false, true, false);
        transport.peerTakes();
        assertThat(transport.written()).containsExactly("written");
        assertThat(probe.unsent()).isEmpty();
    }

    @Test
    @DisplayName("S32 a peer that stops reading ends the session at the write deadline; what waited is unsent")
    void theWriteDeadline() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("stuck");
        loops.run();
        probe.say("waiting");
        loops.advance(WRITE.minusMillis(1));
        assertThat(probe.runstate()).isEqualTo(RUNNING);
        loops.advance(Duration.ofMillis(1));
        assertThat(endOfSession()).isInstanceOf(ConnectionLostException.class).hasMessageContaining("20000 ms");
        assertThat(probe.unsent()).containsExactly("waiting");
        assertThat(probe.sent()).isEmpty();
    }

    @Test
    @DisplayName("S32 a slow peer that does read is given time anew")
    void aSlowPeerIsGivenTime() {
        ManualTransport transport = connected();
        for (int round = 0; round < 5; round++) {
            transport.takes = false;
            probe.say("round " + round);
            loops.advance(WRITE.minusMillis(1));
            transport.peerTakes();
        }
        assertThat(probe.runstate()).isEqualTo(RUNNING);
        assertThat(probe.sent()).hasSize(5);
        assertThat(loops.timers()).isZero();
    }

    @Test
    @DisplayName("S32 #36 a long message may take longer than the deadline, as long as it goes on")
    void aLongMessageMayTakeLonger() {
        ManualTransport transport = connected();
        transport.takes = false;
        probe.say("long");
        loops.run();
        for (int round = 0; round < 5; round++) {
            transport.taken += 1000;
            loops.advance(WRITE);
            assertThat(probe.runstate()).isEqualTo(RUNNING);
        }
        loops.advance(WRITE);
        assertThat(endOfSession()).isInstanceOf(ConnectionLostException.class).hasMessageContaining("20000 ms");
    }

    @Test
    @DisplayName("S32 hooks that throw end the session, and each message is nevertheless reported once")
    void throwingAccountingHooks() {
        probe.onSent = this::throwOnPurpose;
        connected();
        probe.say("one");
        probe.say("two");
        loops.run();
        assertThat(endOfSession()).isSameAs(onPurpose);
        assertThat(probe.sent()).containsExactly("one", "two");
    }

    @Test
    @DisplayName("S32 a hook that throws for a message of an earlier session does not end the present one")
    void aHookForAnEarlierSession() {
        ManualTransport earlier = connected();
        earlier.takes = false;
        earlier.closesAtOnce = false;
        probe.say("slow");
        loops.run();
        loops.run(() -> probe.failWith(onPurpose));
        loops.advance(DISCONNECT);
        connected();
        probe.onSent = this::throwOnPurpose;
        earlier.peerTakes();
        assertThat(probe.sent()).containsExactly("slow");
        assertThat(probe.runstate()).isEqualTo(RUNNING);
        earlier.finishClosing();
    }

    @Test
    @DisplayName("S32 a flow control that throws ends the session")
    void aThrowingFlowControl() {
        probe.maySend = line -> {
            throw onPurpose;
        };
        connected();
        probe.say("one");
        loops.run();
        assertThat(endOfSession()).isSameAs(onPurpose);
        assertThat(probe.unsent()).containsExactly("one");
    }

    // ------------------------------------------------------------------ handlers

    @Test
    @DisplayName("S34 what a message handler throws ends the session as its cause, and the next disconnect reports it")
    void whatAHandlerThrows() {
        probe.onMessage = this::throwOnPurpose;
        connected().peerSays("news");
        assertThat(endOfSession()).isSameAs(onPurpose);
        var disconnected = probe.disconnect();
        loops.run();
        assertThat(failureOf(disconnected)).isSameAs(onPurpose);
    }

    @Test
    @DisplayName("S34 an error, such as a stack overflow, ends the session as well")
    void errorsEndTheSession() {
        StackOverflowError error = new StackOverflowError();
        probe.onMessage = line -> {
            throw error;
        };
        connected().peerSays("news");
        assertThat(endOfSession()).isSameAs(error);
    }

    @Test
    @DisplayName("S34 nothing that arrived after the fatal message is handled")
    void nothingIsHandledAfterwards() {
        ManualTransport[] transport = new ManualTransport[1];
        probe.onMessage = this::throwOnPurpose;
        transport[0] = connected();
        transport[0].closesAtOnce = false;
        transport[0].peerSays("fatal", "more");
        assertThat(probe.heard()).containsExactly("fatal");
        transport[0].finishClosing();
        assertThat(endOfSession()).isSameAs(onPurpose);
    }

    @Test
    @DisplayName("S34 a handler that throws on a message that came early ends the session too")
    void earlyMessages() {
        probe.establishing = () -> probe.hear().thenAccept(line -> {});
        probe.onMessage = this::throwOnPurpose;
        var connected = probe.connect(PEER);
        loops.run();
        loops.dial().succeed();
        loops.transport().peerSays("first", "second", "third");
        assertThat(connected).isCompleted();
        assertThat(endOfSession()).isSameAs(onPurpose);
        assertThat(probe.heard()).containsExactly("second");
    }
}
