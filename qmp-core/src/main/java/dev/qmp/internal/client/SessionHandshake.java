package dev.qmp.internal.client;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * From the greeting to the enabled capabilities (QMP specification, sections 2.2 and 4). Events may come in between, and
 * so may replies to commands of the client that was here before: only the reply with our own id counts.
 */
@BottomHalf
final class SessionHandshake {

    private static final int MAX_EARLY_EVENTS = 1024;

    /** Far more than a server has reason to say before its greeting or a reply. */
    private static final int MAX_PASSED_OVER = 64 * 1024;

    private static final QmpCommand PLAIN = QmpCommand.of("qmp_capabilities");
    private static final QmpCommand WITH_OUT_OF_BAND = PLAIN.withArguments(enableOutOfBand());

    private final Supplier<CompletableFuture<QmpMessage>> receive;
    private final Consumer<QmpCommand> send;
    private final Supplier<String> nextId;
    private final Runnable stray;
    private final List<QmpEvent> earlyEvents = new ArrayList<>();
    private boolean greeted;
    private boolean negotiated;

    SessionHandshake(
            Supplier<CompletableFuture<QmpMessage>> receive,
            Consumer<QmpCommand> send,
            Supplier<String> nextId,
            Runnable stray) {
        this.receive = receive;
        this.send = send;
        this.nextId = nextId;
        this.stray = stray;
    }

    /** Made by hand: a mapper would be the only one that a connection needs, and takes its time to be made. */
    private static ObjectNode enableOutOfBand() {
        ObjectNode arguments = QmpJson.object();
        arguments.putArray("enable").add(QmpGreeting.OUT_OF_BAND);
        return arguments;
    }

    void beginSession() {
        greeted = false;
        negotiated = false;
        earlyEvents.clear();
    }

    /** Waits for the greeting, passing over events and replies to the client that was here before. */
    CompletableFuture<QmpGreeting> greeting() {
        return first(message -> {
            if (message instanceof QmpGreeting greeting) {
                greeted = true;
                return greeting;
            }
            if (message instanceof QmpReply) {
                stray.run();
            }
            return null;
        });
    }

    /**
     * Enables capabilities.
     *
     * @return whether out-of-band execution is enabled: a server that offers it may still refuse, and is then asked again
     *     without it
     */
    CompletableFuture<Boolean> negotiate(boolean outOfBand) {
        return execute(outOfBand ? WITH_OUT_OF_BAND : PLAIN).thenCompose(reply -> {
            QmpErrorInfo error = reply.error();
            if (error == null) {
                negotiated = true;
                return CompletableFuture.completedFuture(outOfBand);
            }
            if (outOfBand) {
                return negotiate(false);
            }
            throw refused(error);
        });
    }

    /** Executes two commands at the price of one round trip. */
    CompletableFuture<@Nullable Void> executeBoth(
            QmpCommand first, QmpCommand second, BiConsumer<QmpReply, QmpReply> then) {
        StringNode firstId = issue(first);
        StringNode secondId = issue(second);
        return replyTo(firstId).thenCompose(reply -> replyTo(secondId).thenAccept(next -> then.accept(reply, next)));
    }

    CompletableFuture<QmpReply> execute(QmpCommand command) {
        return replyTo(issue(command));
    }

    private StringNode issue(QmpCommand command) {
        StringNode id = StringNode.valueOf(nextId.get());
        send.accept(command.withId(id));
        return id;
    }

    private CompletableFuture<QmpReply> replyTo(StringNode id) {
        return first(message -> {
            if (message instanceof QmpReply reply) {
                if (id.equals(reply.id())) {
                    return reply;
                }
                stray.run();
                return null;
            }
            if (message instanceof QmpEvent event) {
                pass(event);
                return null;
            }
            throw greeted ? greetedAgain() : greetedUnawaited();
        });
    }

    /** Waits for the first message of which something is made; the others are passed over, and nothing of them is kept. */
    private <T> CompletableFuture<T> first(Function<QmpMessage, @Nullable T> make) {
        CompletableFuture<T> result = new CompletableFuture<>();
        take(make, result, MAX_PASSED_OVER);
        return result;
    }

    private <T> void take(Function<QmpMessage, @Nullable T> make, CompletableFuture<T> result, int most) {
        for (int left = most; left > 0 && !result.isDone(); left--) {
            CompletableFuture<QmpMessage> next = receive.get();
            if (!next.isDone()) {
                int others = left - 1;
                next.whenComplete((message, failure) -> {
                    settle(make, result, message, failure);
                    take(make, result, others);
                });
                return;
            }
            next.whenComplete((message, failure) -> settle(make, result, message, failure));
        }
        result.completeExceptionally(new ProtocolException(
                Violation.LIMIT,
                "more than " + MAX_PASSED_OVER + " messages came before the one that is awaited" + " (fixed limit)"));
    }

    private static <T> void settle(
            Function<QmpMessage, @Nullable T> make,
            CompletableFuture<T> result,
            @Nullable QmpMessage message,
            @Nullable Throwable failure) {
        try {
            T made = message == null ? null : make.apply(message);
            if (failure != null) {
                result.completeExceptionally(failure);
            } else if (made != null) {
                result.complete(made);
            }
        } catch (Throwable e) {
            result.completeExceptionally(e);
        }
    }

    /** An event of an unfinished negotiation belongs to nobody; a later one is the session's, which is about to begin. */
    private void pass(QmpEvent event) {
        if (!negotiated) {
            return;
        }
        if (earlyEvents.size() == MAX_EARLY_EVENTS) {
            throw new ProtocolException(
                    Violation.LIMIT,
                    "more than " + MAX_EARLY_EVENTS + " events before the session is established" + " (fixed limit)");
        }
        earlyEvents.add(event);
    }

    /** {@return the events that came between the negotiation and the session, in order} */
    List<QmpEvent> takeEarlyEvents() {
        List<QmpEvent> taken = List.copyOf(earlyEvents);
        earlyEvents.clear();
        return taken;
    }

    /** QEMU greets twice who dials while it is about to start, and forgets what was negotiated between the two. */
    private static QmpConnectException greetedAgain() {
        return new QmpConnectException(
                ConnectPhase.NEGOTIATION,
                true,
                "negotiation failed: a second greeting came instead of a reply; the machine may just be starting",
                null);
    }

    private static QmpConnectException greetedUnawaited() {
        return new QmpConnectException(
                ConnectPhase.NEGOTIATION,
                false,
                "negotiation failed: the server greets, and this client was built with awaitGreeting(false)",
                null);
    }

    private static QmpConnectException refused(QmpErrorInfo error) {
        return new QmpConnectException(
                ConnectPhase.NEGOTIATION,
                true,
                "negotiation failed: the server refused: " + Text.printable(error.errorClass()) + ": "
                        + Text.printable(error.description()),
                null);
    }
}
