package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.AsyncProtocol;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The server's side of one client's session. */
final class ServerProtocol extends AsyncProtocol<QmpMessage> {

    private final ServerRole role;
    private final Set<ServerFault> faults;
    private final Watch watch;
    /** The present session; null without one. Only the event loop writes it. */
    private final AtomicReference<@Nullable ServerSession> session;

    ServerProtocol(ProtocolOptions options, ServerRole role, Set<ServerFault> faults, Watch watch) {
        this(options, role, faults, watch, new AtomicReference<>());
    }

    private ServerProtocol(
            ProtocolOptions options,
            ServerRole role,
            Set<ServerFault> faults,
            Watch watch,
            AtomicReference<@Nullable ServerSession> session) {
        super(options, new GarblingCodec(faults, role.guestAgent(), () -> present(session)));
        this.role = role;
        this.faults = faults;
        this.watch = watch;
        this.session = session;
    }

    /** {@return the session to which a message on the event loop belongs} */
    private static ServerSession present(AtomicReference<@Nullable ServerSession> session) {
        return Objects.requireNonNull(session.get(), "session");
    }

    /** Is notified of a client and its commands, on the event loop. */
    interface Watch {

        /** The client can execute commands. */
        void negotiated();

        /** A command is to be executed. */
        void received(QmpCommand command);

        /** A reply is to be sent after those of all commands received before. */
        void refused(QmpReply refusal);

        /** The client has left. */
        void left();
    }

    boolean hasNegotiated() {
        ServerSession present = session.get();
        return present != null && present.hasNegotiated();
    }

    /** Sends the messages that were held back. Called at the end of the fault {@link ServerFault#SILENT}. */
    void releaseHeld() {
        ServerSession present = session.get();
        if (present != null) {
            present.messages().release();
        }
    }

    /** Sends a reply to the present client, if there is one. */
    void reply(QmpReply reply) {
        ServerSession present = session.get();
        if (present != null) {
            present.messages().send(reply);
        }
    }

    /** Replies to {@code guest-sync-delimited}: a byte 0xFF precedes the reply. */
    void replyDelimited(QmpReply reply) {
        ServerSession present = session.get();
        if (present != null) {
            present.delimit(reply);
            present.messages().send(reply);
        }
    }

    void emit(QmpEvent event) {
        ServerSession present = session.get();
        if (present != null && present.hasNegotiated()) {
            present.messages().send(event);
        }
    }

    @Override
    protected CompletionStage<?> establishSession() {
        ServerSession begun = new ServerSession(new HeldMessages(faults, this::send));
        session.set(begun); // before the greeting, so that a held one is released
        if (faults.contains(ServerFault.HANGS_UP) || faults.contains(ServerFault.UNREACHABLE)) {
            return CompletableFuture.failedFuture(new HangUp());
        }
        if (!role.guestAgent()) {
            begun.messages().send(role.greeting());
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    protected void onRunstateChange(RunstateChange change) {
        if (change.current() == Runstate.IDLE) {
            session.set(null);
            watch.left();
        } else if (change.current() == Runstate.RUNNING && role.guestAgent()) {
            present(session).negotiated();
            watch.negotiated();
        }
    }

    @Override
    @BottomHalf
    protected void onMessage(QmpMessage message) {
        if (faults.contains(ServerFault.DEAF)) {
            return;
        }
        if (role.guestAgent()) {
            onAgentMessage(message);
        } else if (message instanceof QmpReply refusal) {
            refuse(refusal, present(session).takeRefusedOutOfBand(refusal));
        } else if (message instanceof QmpCommand command) {
            onCommand(command);
        }
    }

    /** An agent deals with its input in order: errors do not overtake replies. */
    private void onAgentMessage(QmpMessage message) {
        if (message instanceof QmpReply refusal) {
            watch.refused(refusal);
        } else if (message instanceof QmpCommand command && command.id() != null && !role.commandIds()) {
            watch.refused(AgentCommands.refusalOfId());
        } else if (message instanceof QmpCommand command) {
            watch.received(command);
        }
    }

    /** Sends an error. In band, it does not overtake the replies to earlier commands. */
    private void refuse(QmpReply refusal, boolean outOfBand) {
        if (hasNegotiated() && !outOfBand) {
            watch.refused(refusal);
        } else {
            reply(refusal);
        }
    }

    private void onCommand(QmpCommand command) {
        boolean negotiated = hasNegotiated();
        boolean negotiation = command.name().equals("qmp_capabilities");
        if (negotiation && !negotiated) {
            negotiate(command);
        } else if (negotiation && command.isOutOfBand()) {
            refuse(CommandHandlers.refused(command, "The command qmp_capabilities does not support OOB"), true);
        } else if (negotiation) {
            String text = "Capabilities negotiation is already complete, command ignored";
            refuse(CommandHandlers.notFound(command, text), false);
        } else if (!negotiated) {
            String text = "Expecting capabilities negotiation with 'qmp_capabilities'";
            refuse(CommandHandlers.notFound(command, text), false);
        } else {
            watch.received(command);
        }
    }

    private void negotiate(QmpCommand command) {
        String refusal = refusalOf(command);
        if (refusal != null) {
            reply(CommandHandlers.refused(command, refusal));
            return;
        }
        ServerSession present = present(session);
        present.outOfBand(command.arguments() != null
                && command.arguments().path("enable").valueStream().anyMatch(ServerProtocol::isOutOfBand));
        present.negotiated();
        reply(QmpReply.success(command.id(), QmpJson.object()));
        watch.negotiated();
    }

    private static boolean isOutOfBand(JsonNode capability) {
        return capability.stringValue().equals(QmpGreeting.OUT_OF_BAND);
    }

    /** {@return the text with which QEMU rejects wrong arguments; null if it accepts them} */
    private @Nullable String refusalOf(QmpCommand command) {
        JsonNode arguments = command.arguments();
        if (arguments == null) {
            return null;
        }
        for (String name : arguments.propertyNames()) {
            if (!name.equals("enable")) {
                return "Parameter '" + name + "' is unexpected";
            }
        }
        return arguments.has("enable") ? refusalOf(arguments.get("enable")) : null;
    }

    private @Nullable String refusalOf(JsonNode enable) {
        if (!enable.isArray()) {
            return "Invalid parameter type for 'enable', expected: array";
        }
        for (int i = 0; i < enable.size(); i++) {
            JsonNode capability = enable.get(i);
            if (!capability.isString()) {
                return "Invalid parameter type for 'enable[" + i + "]', expected: string";
            }
            if (!role.greeting().capabilities().contains(capability.stringValue())) {
                return "Parameter 'null' does not accept value '" + capability.stringValue() + "'";
            }
        }
        return null;
    }
}
