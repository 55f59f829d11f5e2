package dev.qmp.server;

import dev.qmp.internal.json.JsonMessageCodec;
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
    private final BiConsumer<ServerProtocol, QmpCommand> dispatcher;
    private final Runnable onEnd;
    private volatile boolean negotiated;
    private boolean outOfBand;

    ServerProtocol(
            ProtocolOptions options,
            QmpGreeting greeting,
            BiConsumer<ServerProtocol, QmpCommand> dispatcher,
            Runnable onEnd) {
        super(options, JsonMessageCodec.forServer());
        this.greeting = greeting;
        this.dispatcher = dispatcher;
        this.onEnd = onEnd;
    }

    boolean hasNegotiated() {
        return negotiated;
    }

    void reply(QmpReply reply) {
        send(reply);
    }

    void emit(QmpEvent event) {
        if (negotiated) {
            send(event);
        }
    }

    @Override
    protected CompletionStage<?> establishSession() {
        send(greeting);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    protected void onRunstateChange(RunstateChange change) {
        if (change.current() == Runstate.IDLE) {
            negotiated = false;
            onEnd.run();
        }
    }

    @Override
    @BottomHalf
    protected void onMessage(QmpMessage message) {
        if (message instanceof QmpReply refusal) {
            send(refusal);
        } else if (message instanceof QmpCommand command) {
            onCommand(command);
        }
    }

    private void onCommand(QmpCommand command) {
        boolean negotiation = command.name().equals("qmp_capabilities");
        if (negotiation && !negotiated) {
            negotiate(command);
        } else if (negotiation) {
            send(CommandHandlers.notFound(command, "Capabilities negotiation is already complete, command ignored"));
        } else if (!negotiated) {
            send(CommandHandlers.notFound(command, "Expecting capabilities negotiation with 'qmp_capabilities'"));
        } else if (command.extra() != null) {
            String member = command.extra().propertyNames().iterator().next();
            send(CommandHandlers.refused(command, "QMP input member '" + member + "' is unexpected"));
        } else if (command.isOutOfBand() && !outOfBand) {
            send(CommandHandlers.refused(command, "QMP input member 'exec-oob' is unexpected"));
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
                    send(CommandHandlers.refused(command, "Parameter 'enable' does not accept value '" + name + "'"));
                    return;
                }
                wantsOutOfBand |= name.equals(QmpGreeting.OUT_OF_BAND);
            }
        }
        outOfBand = wantsOutOfBand;
        negotiated = true;
        send(QmpReply.success(command.id(), QmpJson.object()));
    }
}
