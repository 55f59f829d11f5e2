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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/** The server's side of one client's session. */
final class ServerProtocol extends AsyncProtocol<QmpMessage> {

    private final QmpGreeting greeting;
    private final Faults faults;
    private final HeldMessages messages;
    private final BiConsumer<ServerProtocol, QmpCommand> dispatcher;
    private final Runnable onEnd;
    private volatile boolean negotiated;
    private boolean outOfBand;

    ServerProtocol(
            ProtocolOptions options,
            QmpGreeting greeting,
            Faults faults,
            BiConsumer<ServerProtocol, QmpCommand> dispatcher,
            Runnable onEnd) {
        super(options, new GarblingCodec(faults));
        this.greeting = greeting;
        this.faults = faults;
        this.messages = new HeldMessages(faults, this::send);
        this.dispatcher = dispatcher;
        this.onEnd = onEnd;
    }

    boolean hasNegotiated() {
        return negotiated;
    }

    /** {@return what it has to say} */
    HeldMessages messages() {
        return messages;
    }

    void reply(QmpReply reply) {
        messages.say(reply);
    }

    void emit(QmpEvent event) {
        if (negotiated) {
            messages.say(event);
        }
    }

    @Override
    protected CompletionStage<?> establishSession() {
        if (faults.has(ServerFault.HANGS_UP) || faults.has(ServerFault.UNREACHABLE)) {
            return CompletableFuture.failedFuture(new HangUp());
        }
        messages.say(greeting);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    protected void onRunstateChange(RunstateChange change) {
        if (change.current() == Runstate.IDLE) {
            negotiated = false;
            messages.forget();
            onEnd.run();
        }
    }

    @Override
    @BottomHalf
    protected void onMessage(QmpMessage message) {
        if (message instanceof QmpReply refusal) {
            messages.say(refusal);
        } else if (message instanceof QmpCommand command) {
            onCommand(command);
        }
    }

    private void onCommand(QmpCommand command) {
        boolean negotiation = command.name().equals("qmp_capabilities");
        if (negotiation && !negotiated) {
            negotiate(command);
        } else if (negotiation) {
            messages.say(
                    CommandHandlers.notFound(command, "Capabilities negotiation is already complete, command ignored"));
        } else if (!negotiated) {
            messages.say(
                    CommandHandlers.notFound(command, "Expecting capabilities negotiation with 'qmp_capabilities'"));
        } else if (command.extra() != null) {
            String member = command.extra().propertyNames().iterator().next();
            messages.say(CommandHandlers.refused(command, "QMP input member '" + member + "' is unexpected"));
        } else if (command.isOutOfBand() && !outOfBand) {
            messages.say(CommandHandlers.refused(command, "QMP input member 'exec-oob' is unexpected"));
        } else {
            dispatcher.accept(this, command);
        }
    }

    private void negotiate(QmpCommand command) {
        JsonNode enable =
                command.arguments() == null ? null : command.arguments().get("enable");
        boolean wantsOutOfBand = false;
        if (enable != null) {
            for (JsonNode capability : enable) {
                String name = capability.asString("");
                if (!greeting.capabilities().contains(name)) {
                    messages.say(CommandHandlers.refused(
                            command, "Parameter 'enable' does not accept value '" + name + "'"));
                    return;
                }
                wantsOutOfBand |= name.equals(QmpGreeting.OUT_OF_BAND);
            }
        }
        outOfBand = wantsOutOfBand;
        negotiated = true;
        messages.say(QmpReply.success(command.id(), QmpJson.object()));
    }
}
