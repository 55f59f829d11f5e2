package dev.qmp.internal.client;

import dev.qmp.CommandCheck;
import dev.qmp.HandshakePhase;
import dev.qmp.QmpClientOptions;
import dev.qmp.error.MappingException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.RejectedException;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.schema.QmpSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * The steps before a session is {@code RUNNING}, as the options state: greeting, negotiation (QMP specification,
 * sections 2.2 and 4), identity of the machine, schema. Events may arrive in between, and so may replies to commands of
 * an earlier client. Only the reply with our own id counts.
 */
@BottomHalf
final class SessionHandshake {

    private static final int MAX_EARLY_EVENTS = 1024;

    /** Far more messages than a server sends before its greeting or a reply. */
    private static final int MAX_PASSED_OVER = 64 * 1024;

    /** The number of the longest messages that may arrive before the session. Replies of QEMU are far shorter. */
    private static final int MAX_LONG_MESSAGES = 4;

    /** The longest message, for that limit, if the client accepts only shorter ones. */
    private static final int MIN_MESSAGE = 1024 * 1024;

    private static final QmpCommand PLAIN = QmpCommand.of("qmp_capabilities");
    private static final QmpCommand WITH_OUT_OF_BAND = PLAIN.withArguments(enableOutOfBand());

    private final QmpClientOptions options;
    private final Endpoint endpoint;
    private final ServerRecord record;
    private final QmpSession session;
    private final SessionContext<QmpMessage> context;
    private List<QmpEvent> earlyEvents = List.of();
    private long received;
    private boolean greeted;
    private boolean negotiated;

    SessionHandshake(
            QmpClientOptions options,
            Endpoint endpoint,
            ServerRecord record,
            QmpSession session,
            SessionContext<QmpMessage> context) {
        this.options = options;
        this.endpoint = endpoint;
        this.record = record;
        this.session = session;
        this.context = context;
    }

    /**
     * Built by hand, because the creation of a mapper takes milliseconds, and most connections need no other mapping.
     */
    private static ObjectNode enableOutOfBand() {
        ObjectNode arguments = QmpJson.object();
        arguments.putArray("enable").add(QmpGreeting.OUT_OF_BAND);
        return arguments;
    }

    /** {@return the events that arrived between the negotiation and the session, in order} */
    List<QmpEvent> earlyEvents() {
        context.assertOnLoop();
        return earlyEvents;
    }

    /**
     * Counts bytes that have arrived, before the messages that they complete. So the memory of all messages that are
     * kept for the session is bounded.
     *
     * @throws ProtocolException if the peer has sent too many before the session
     */
    void arrived(int count) {
        context.assertOnLoop();
        received += count;
        long limit = (long) MAX_LONG_MESSAGES * Math.max(options.protocol().maxMessageSize(), MIN_MESSAGE);
        if (received > limit) {
            throw new ProtocolException(
                    Violation.LIMIT,
                    "more than " + limit + " bytes arrived before the session is established (" + MAX_LONG_MESSAGES
                            + " times maxMessageSize, at least 1 MiB each)");
        }
    }

    // ------------------------------------------------------------------ the steps

    /** {@return completes when the first command may be sent} */
    CompletableFuture<?> establish() {
        context.assertOnLoop();
        if (!options.awaitGreeting()) {
            record.greeted(null);
            return options.negotiate() ? negotiate(null) : CompletableFuture.completedFuture(null);
        }
        context.enterPhase(HandshakePhase.GREETING, reasonForSilence());
        return first(this::greeting).thenCompose(greeting -> {
            record.greeted(greeting);
            return options.negotiate() ? negotiate(greeting) : CompletableFuture.completedFuture(null);
        });
    }

    /** {@return the probable reasons why a server accepts the connection and sends no data} */
    private String reasonForSilence() {
        String common = "another client may hold this monitor, which serves one at a time, or the machine is stopped";
        if (options.protocol().tls() != null) {
            return common + ", or it refuses our certificate";
        }
        return endpoint instanceof Endpoint.Tcp ? common + ", or it expects TLS" : common;
    }

    private @Nullable QmpGreeting greeting(QmpMessage message) {
        if (message instanceof QmpGreeting greeting) {
            greeted = true;
            return greeting;
        }
        if (message instanceof QmpReply) {
            record.countStrayReply();
        }
        return null;
    }

    private CompletableFuture<@Nullable Void> negotiate(@Nullable QmpGreeting greeting) {
        context.enterPhase(HandshakePhase.NEGOTIATION, "the server may be busy with a command of an earlier client");
        return enable(options.outOfBand() && greeting != null && greeting.offersOutOfBand())
                .thenCompose(enabled -> {
                    session.negotiated(enabled, enabled ? options.maxInFlight() : 1);
                    return identify();
                })
                .thenCompose(identified -> readSchema());
    }

    /**
     * Enables capabilities.
     *
     * @return whether out-of-band execution is enabled. If a server offers it and rejects it, the negotiation is
     *     repeated without it
     */
    private CompletableFuture<Boolean> enable(boolean withOutOfBand) {
        return execute(withOutOfBand ? WITH_OUT_OF_BAND : PLAIN).thenCompose(reply -> {
            QmpErrorInfo error = reply.error();
            if (error == null) {
                negotiated = true;
                return CompletableFuture.completedFuture(withOutOfBand);
            }
            if (withOutOfBand) {
                return enable(false);
            }
            throw refused(error);
        });
    }

    /** Sends both queries at once, in one round trip. */
    private CompletableFuture<@Nullable Void> identify() {
        IdentityCheck identity = record.identity();
        if (!identity.isWanted()) {
            return CompletableFuture.completedFuture(null);
        }
        context.enterPhase(HandshakePhase.IDENTITY, "the server does not answer query-uuid and query-name");
        StringNode uuid = issue(QmpCommand.of("query-uuid"));
        StringNode name = issue(QmpCommand.of("query-name"));
        return replyTo(uuid).thenCompose(first -> replyTo(name).thenAccept(next -> identity.check(first, next)));
    }

    /** Reads the schema if commands are checked, so that even the first command is checked. */
    private CompletableFuture<@Nullable Void> readSchema() {
        if (options.commandCheck() == CommandCheck.OFF) {
            return CompletableFuture.completedFuture(null);
        }
        context.enterPhase(HandshakePhase.IDENTITY, "the server does not answer query-qmp-schema");
        return execute(QmpCommand.of("query-qmp-schema")).thenAccept(this::readSchema);
    }

    private void readSchema(QmpReply reply) {
        QmpErrorInfo error = reply.error();
        String failure = error == null ? null : error.errorClass() + ": " + error.description();
        try {
            if (reply.result() != null) {
                session.schema().set(QmpSchema.of(reply.result()));
            }
        } catch (MappingException e) {
            failure = e.getMessage();
        }
        if (failure != null) {
            record.missingSchemas()
                    .log(
                            ConnectionLogger.of(
                                    SessionHandshake.class, options.protocol().name()),
                            Level.WARN,
                            "The client does not check its commands in this session, because the machine's"
                                    + " schema cannot be used: {}",
                            Text.printable(failure));
        }
    }

    // ------------------------------------------------------------------ commands and messages

    private CompletableFuture<QmpReply> execute(QmpCommand command) {
        return replyTo(issue(command));
    }

    private StringNode issue(QmpCommand command) {
        StringNode id = StringNode.valueOf(session.ids().next());
        context.sender().send(command.withId(id));
        return id;
    }

    private CompletableFuture<QmpReply> replyTo(StringNode id) {
        return first(message -> {
            if (message instanceof QmpReply reply) {
                if (id.equals(reply.id())) {
                    return reply;
                }
                drop(reply);
                return null;
            }
            if (message instanceof QmpEvent event) {
                keep(event);
                return null;
            }
            throw greeted ? greetedAgain() : greetedUnawaited();
        });
    }

    /**
     * Drops a reply to an earlier client. An error without an id may belong to our command nevertheless. So the failure
     * of the attempt quotes it, if our reply does not arrive.
     */
    private void drop(QmpReply reply) {
        record.countStrayReply();
        QmpErrorInfo error = reply.error();
        if (error != null && reply.id() == null) {
            context.enterPhase(
                    negotiated ? HandshakePhase.IDENTITY : HandshakePhase.NEGOTIATION,
                    "an error without an id arrived, perhaps for an earlier client: " + ReplyMatching.text(error));
        }
    }

    /** Waits for the first message that is accepted. The others are dropped. */
    private <T> CompletableFuture<T> first(Function<QmpMessage, @Nullable T> accept) {
        CompletableFuture<T> result = new CompletableFuture<>();
        take(accept, result, MAX_PASSED_OVER);
        return result;
    }

    private <T> void take(Function<QmpMessage, @Nullable T> accept, CompletableFuture<T> result, int most) {
        for (int left = most; left > 0; left--) {
            CompletableFuture<QmpMessage> next = context.receive();
            if (!next.isDone()) {
                int others = left - 1;
                next.whenComplete((message, failure) -> {
                    settle(accept, result, message, failure);
                    if (!result.isDone()) {
                        take(accept, result, others);
                    }
                });
                return;
            }
            next.whenComplete((message, failure) -> settle(accept, result, message, failure));
            if (result.isDone()) {
                return;
            }
        }
        result.completeExceptionally(new ProtocolException(
                Violation.LIMIT,
                "more than " + MAX_PASSED_OVER + " messages arrived before the expected one (fixed limit)"));
    }

    private static <T> void settle(
            Function<QmpMessage, @Nullable T> accept,
            CompletableFuture<T> result,
            @Nullable QmpMessage message,
            @Nullable Throwable failure) {
        try {
            T accepted = message == null ? null : accept.apply(message);
            if (failure != null) {
                result.completeExceptionally(failure);
            } else if (accepted != null) {
                result.complete(accepted);
            }
        } catch (Throwable e) {
            result.completeExceptionally(e);
        }
    }

    /**
     * Keeps an event for the session, which is about to begin. An event before the negotiation belongs to no client.
     */
    private void keep(QmpEvent event) {
        if (!negotiated) {
            return;
        }
        if (earlyEvents.size() == MAX_EARLY_EVENTS) {
            throw new ProtocolException(
                    Violation.LIMIT,
                    "more than " + MAX_EARLY_EVENTS + " events before the session is established (fixed limit)");
        }
        if (earlyEvents.isEmpty()) {
            earlyEvents = new ArrayList<>();
        }
        earlyEvents.add(event);
    }

    // ------------------------------------------------------------------ failures

    /**
     * {@return the failure after a second greeting} QEMU greets twice if a client connects while QEMU is about to
     * start, and forgets an earlier negotiation.
     */
    private static QmpConnectException greetedAgain() {
        return negotiationFailed(
                true, "a second greeting arrived instead of a reply; the machine may just be starting", null);
    }

    private static QmpConnectException greetedUnawaited() {
        return negotiationFailed(false, "the server greets, and this client was built with awaitGreeting(false)", null);
    }

    private static QmpConnectException refused(QmpErrorInfo error) {
        return negotiationFailed(
                true,
                "the server refused: " + ReplyMatching.text(error),
                new RejectedException(PLAIN.name(), error.errorClass(), error.description()));
    }

    private static QmpConnectException negotiationFailed(
            boolean retryable, String why, @Nullable RejectedException cause) {
        HandshakePhase phase = HandshakePhase.NEGOTIATION;
        return new QmpConnectException(phase, retryable, phase.failure() + ": " + why, cause);
    }
}
