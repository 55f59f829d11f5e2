package dev.qmp.internal.client;

import dev.qmp.CommandCheck;
import dev.qmp.MachineIdentity;
import dev.qmp.QmpClientOptions;
import dev.qmp.error.MappingException;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.schema.QmpSchema;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes before a session is RUNNING, as the options have it: the greeting, the negotiation and the look at which
 * machine it is. Knows afterwards what came of each; that is read from any thread.
 */
final class SessionOpening {

    private static final Logger LOGGER = LoggerFactory.getLogger(SessionOpening.class);

    private final QmpClientOptions options;
    private final String silence;
    private final SessionHandshake handshake;
    private final BiConsumer<ConnectPhase, String> enterPhase;
    private final IntConsumer window;
    private final IdentityCheck identity;
    private volatile @Nullable QmpGreeting greeting;
    private volatile boolean outOfBand;
    private volatile MachineSchema schema = new MachineSchema();

    /**
     * Creates what opens the sessions of one client.
     *
     * @param enterPhase is told what is going on, and what it means if nothing happens
     * @param window is told how many commands in band may be on the wire
     */
    SessionOpening(
            Endpoint endpoint,
            QmpClientOptions options,
            SessionHandshake handshake,
            BiConsumer<ConnectPhase, String> enterPhase,
            IntConsumer window) {
        this.options = options;
        this.silence = silence(endpoint, options);
        this.handshake = handshake;
        this.enterPhase = enterPhase;
        this.window = window;
        this.identity = new IdentityCheck(options.identityPolicy());
    }

    /** {@return the greeting of this session, or the last one; null before the first, and if there is none} */
    @Nullable
    QmpGreeting greeting() {
        return greeting;
    }

    /** {@return whether this session has out-of-band execution} */
    boolean isOutOfBand() {
        return outOfBand;
    }

    /** {@return the machine of this session, or the last one; null before the first} */
    @Nullable
    MachineIdentity machine() {
        return identity.current();
    }

    /** {@return the schema of this session's machine, or the last one's} */
    MachineSchema schema() {
        return schema;
    }

    /** {@return completes when all is said that must be said before the first command} */
    @BottomHalf
    CompletableFuture<?> open() {
        handshake.beginSession();
        schema = new MachineSchema();
        return greet().thenCompose(received -> {
            greeting = received;
            return options.negotiate() ? negotiate(received) : CompletableFuture.completedFuture(null);
        });
    }

    /** {@return what may be the matter with who takes the connection and says nothing} */
    private static String silence(Endpoint endpoint, QmpClientOptions options) {
        String common = "another client may hold this monitor, which serves one at a time, or the machine is stopped";
        if (options.protocol().tls() != null) {
            return common + ", or it refuses our certificate";
        }
        return endpoint instanceof Endpoint.Tcp ? common + ", or it expects TLS" : common;
    }

    private CompletableFuture<@Nullable QmpGreeting> greet() {
        if (!options.awaitGreeting()) {
            return CompletableFuture.completedFuture(null);
        }
        enterPhase.accept(ConnectPhase.GREETING, silence);
        return handshake.greeting().thenApply(received -> received);
    }

    private CompletableFuture<@Nullable Void> negotiate(@Nullable QmpGreeting received) {
        boolean wanted = options.outOfBand() && received != null && received.offersOutOfBand();
        enterPhase.accept(
                ConnectPhase.NEGOTIATION, "the server may be busy with a command of the client that was here before");
        return handshake.negotiate(wanted).thenCompose(enabled -> {
            outOfBand = enabled;
            window.accept(enabled ? options.maxInFlight() : 1);
            return identify().thenCompose(identified -> readSchema());
        });
    }

    private CompletableFuture<@Nullable Void> identify() {
        if (!identity.isWanted()) {
            return CompletableFuture.completedFuture(null);
        }
        enterPhase.accept(ConnectPhase.IDENTITY, "the server does not say which machine it is");
        return handshake.executeBoth(QmpCommand.of("query-uuid"), QmpCommand.of("query-name"), identity::check);
    }

    /** Reads the schema before the first command if commands are checked, so that the first one is checked, too. */
    private CompletableFuture<@Nullable Void> readSchema() {
        if (options.commandCheck() == CommandCheck.OFF) {
            return CompletableFuture.completedFuture(null);
        }
        enterPhase.accept(ConnectPhase.IDENTITY, "the server does not answer query-qmp-schema");
        return handshake.execute(QmpCommand.of("query-qmp-schema")).thenAccept(this::readSchema);
    }

    private void readSchema(QmpReply reply) {
        QmpErrorInfo error = reply.error();
        String failure = error == null ? null : error.errorClass() + ": " + error.description();
        try {
            if (reply.result() != null) {
                schema.set(QmpSchema.of(reply.result()));
            }
        } catch (MappingException e) {
            failure = e.getMessage();
        }
        if (failure != null) {
            LOGGER.warn(
                    "'{}' does not check its commands in this session, because the machine reports no schema: {}",
                    Text.printable(options.protocol().name()),
                    Text.printable(failure));
        }
    }

    /** {@return the events that came between the negotiation and the session, in order, once} */
    @BottomHalf
    List<QmpEvent> takeEarlyEvents() {
        return handshake.takeEarlyEvents();
    }

    /** The session is over, and what was negotiated in it. */
    @BottomHalf
    void endSession() {
        outOfBand = false;
    }

    /** The application has ended the connection: it may go on with any machine. */
    @BottomHalf
    void forgetMachine() {
        identity.forget();
    }
}
