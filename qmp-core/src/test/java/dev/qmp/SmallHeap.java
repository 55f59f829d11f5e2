package dev.qmp;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.Leaks;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import tools.jackson.databind.node.ObjectNode;

/** What {@link SmallHeapTests} runs in a JVM of its own. */
final class SmallHeap {

    private static final int MEBI = 1 << 20;
    private static final int EVENTS = 100_000;

    private SmallHeap() {}

    public static void main(String[] arguments) {
        Leaks.remember();
        bomb("{\"return\": [", "0,", Violation.LIMIT);
        bomb("{\"return\": [", "{\"a\":{}},", Violation.LIMIT);
        bomb("{\"return\": \"", "xxxxxxxx", Violation.FRAME_TOO_LONG);
        longMessages();
        flood();
        require(Leaks.found().isEmpty(), "leaks: " + Leaks.found());
        System.out.println("all bounds hold");
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60));
    }

    private static QmpClient client(ScriptedServer server) {
        return QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .build();
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException(what);
        }
    }

    /** Sends a little over and over, up to the longest message that is allowed, and one more. */
    private static void bomb(String begin, String piece, Violation expected) {
        try (ScriptedServer server = ScriptedServer.start();
                QmpClient client = client(server)) {
            Peer peer = server.connect(client);
            byte[] block = piece.repeat(MEBI / 16 / piece.length()).getBytes(StandardCharsets.US_ASCII);
            try {
                peer.sayPart(begin);
                for (long said = begin.length(); said < 16 * MEBI - 2L * block.length; said += block.length) {
                    peer.sayBytes(block);
                }
                peer.sayPart(expected == Violation.LIMIT ? "0]}" : "x".repeat(MEBI));
            } catch (UncheckedIOException hungUp) {
                // it has read enough
            }
            await().until(() -> client.runstate() == Runstate.IDLE);
            require(
                    client.status().lastError() instanceof ProtocolException violation
                            && violation.violation() == expected,
                    "a bomb of " + piece + " ended with " + client.status().lastError());
        }
    }

    /** A connection takes long messages one after another; a second and a third do too. */
    private static void longMessages() {
        String result = "\"" + "x".repeat(15 * MEBI) + "\"";
        for (int connection = 0; connection < 3; connection++) {
            try (ScriptedServer server = ScriptedServer.start();
                    QmpClient client = client(server)) {
                Peer peer = server.connect(client);
                for (int message = 0; message < 5; message++) {
                    var reply = client.execute("long");
                    ObjectNode command = peer.hear("long");
                    peer.sayPart("{\"return\": ").sayPart(result).say(", \"id\": " + command.get("id") + "}");
                    require(reply.join().stringValue().length() == 15 * MEBI, "a long reply was cut");
                }
            }
        }
    }

    /** A slow callback and a slow stream lose the events beyond their bounds, and the callback receives the number. */
    private static void flood() {
        try (ScriptedServer server = ScriptedServer.start();
                QmpClient client = client(server)) {
            CountDownLatch goOn = new CountDownLatch(1);
            AtomicLong heard = new AtomicLong();
            client.events()
                    .subscribe(
                            EventFilter.all(), ListenerOptions.DEFAULTS, task -> new Thread(task).start(), signal -> {
                                waitFor(goOn);
                                heard.addAndGet(
                                        signal instanceof EventSignal.Gap gap
                                                ? gap.lost()
                                                : signal instanceof EventSignal.Received ? 1 : 0);
                            });
            client.events()
                    .publisher(EventFilter.all(), ListenerOptions.DEFAULTS)
                    .subscribe(new Stalled(goOn));
            Peer peer = server.connect(client);
            String event = "{\"event\": \"E\", \"data\": {\"text\": \"" + "y".repeat(1000) + "\"}}\r\n";
            byte[] ten = event.repeat(10).getBytes(StandardCharsets.US_ASCII);
            for (int said = 0; said < EVENTS; said += 10) {
                peer.sayBytes(ten);
            }
            await().until(() -> client.status().eventsReceived() == EVENTS);
            goOn.countDown();
            await().until(() -> heard.get() == EVENTS);
        }
    }

    /** Asks for everything and takes nothing, until a latch is open. */
    private record Stalled(CountDownLatch goOn) implements Flow.Subscriber<QmpEvent> {

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(QmpEvent event) {
            waitFor(goOn);
        }

        @Override
        public void onError(Throwable failure) {
            throw new IllegalStateException(failure);
        }

        @Override
        public void onComplete() {}
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
