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
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The server's side of one client's session. */
final class ServerProtocol extends AsyncProtocol<QmpMessage> {

    private final ServerRole role;
    private final GarblingCodec codec;
    private final Set<ServerFault> faults;
    private final HeldMessages messages;
    private final Watch watch;
    private volatile boolean negotiated;

    ServerProtocol(ProtocolOptions options, ServerRole role, Set<ServerFault> faults, Watch watch) {
        this(options, role, faults, watch, new GarblingCodec(faults, role.guestAgent()));
    }

    private ServerProtocol(
            ProtocolOptions options, ServerRole role, Set<ServerFault> faults, Watch watch, GarblingCodec codec) {
        super(options, codec);
        this.codec = codec;
        this.role = role;
        this.faults = faults;
        this.messages = new HeldMessages(faults, this::send);
        this.watch = watch;
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
        return negotiated;
    }

    /** {@return the queue that all messages of the server pass} */
    HeldMessages messages() {
        return messages;
    }

    void reply(QmpReply reply) {
        messages.send(reply);
    }

    /** Replies to {@code guest-sync-delimited}: a byte 0xFF precedes the reply. */
    void replyDelimited(QmpReply reply) {
        codec.delimit(reply);
        messages.send(reply);
    }

    void emit(QmpEvent event) {
        if (negotiated) {
            messages.send(event);
        }
    }

    @Override
    protected CompletionStage<?> establishSession() {
        if (faults.contains(ServerFault.HANGS_UP) || faults.contains(ServerFault.UNREACHABLE)) {
            return CompletableFuture.failedFuture(new HangUp());
        }
        if (!role.guestAgent()) {
            messages.send(role.greeting());
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    protected void onRunstateChange(RunstateChange change) {
        if (change.current() == Runstate.IDLE) {
            negotiated = false;
            codec.endSession();
            messages.forget();
            watch.left();
        } else if (change.current() == Runstate.RUNNING && role.guestAgent()) {
            negotiated = true;
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
            refuse(refusal, codec.takeOutOfBand(refusal));
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
        if (negotiated && !outOfBand) {
            watch.refused(refusal);
        } else {
            messages.send(refusal);
        }
    }

    private void onCommand(QmpCommand command) {
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
            messages.send(CommandHandlers.refused(command, refusal));
            return;
        }
        codec.outOfBand(command.arguments() != null
                && command.arguments().path("enable").valueStream().anyMatch(ServerProtocol::isOutOfBand));
        negotiated = true;
        messages.send(QmpReply.success(command.id(), QmpJson.object()));
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
