package dev.qmp.server;

import dev.qmp.error.Text;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** The server's handlers, and the commands it has received. It outlives the clients. */
final class CommandHandlers {

    private static final int MAX_RECEIVED = 10_000;

    /** Built-in commands that QEMU executes in band only. */
    private static final Set<String> IN_BAND = Set.of("query-commands", "query-name", "query-qmp-schema", "query-uuid");

    private static final String NO_UUID = "00000000-0000-0000-0000-000000000000";
    private static final CommandHandler UUID_HANDLER =
            command -> QmpJson.object().put("UUID", NO_UUID);
    private static final CommandHandler NAME_HANDLER = command -> QmpJson.object();

    private final Map<String, CommandHandler> initial;
    /** Replaced as a whole, because a client may stay connected during a reset. */
    private volatile Map<String, CommandHandler> byName = new ConcurrentHashMap<>();

    private final ArrayDeque<QmpCommand> received = new ArrayDeque<>();
    private final ActivitySignal activity;
    private final ServerRole role;
    private final @Nullable RecordedMachine machine;

    CommandHandlers(Map<String, CommandHandler> handlers, ActivitySignal activity, ServerRole role) {
        this.activity = activity;
        this.role = role;
        this.machine = role.machine();
        this.initial = Map.copyOf(handlers);
        reset();
    }

    /** Restores the handlers of the builder and removes the received commands. */
    void reset() {
        Map<String, CommandHandler> handlers = new ConcurrentHashMap<>();
        if (role.guestAgent()) {
            AgentCommands.addTo(handlers, role.greeting());
        } else {
            addMonitorCommands(handlers);
        }
        handlers.putAll(initial);
        byName = handlers;
        synchronized (received) {
            received.clear();
        }
    }

    private void addMonitorCommands(Map<String, CommandHandler> handlers) {
        handlers.put("query-commands", command -> commands());
        if (machine != null) {
            handlers.put("query-qmp-schema", command -> machine.schemaReply());
        }
        handlers.put("query-uuid", UUID_HANDLER);
        handlers.put("query-name", NAME_HANDLER);
    }

    void put(String command, CommandHandler handler) {
        byName.put(command, handler);
    }

    List<QmpCommand> received() {
        synchronized (received) {
            return List.copyOf(received);
        }
    }

    /**
     * Records a command. Clients ask which machine it is, and synchronize with an agent, by themselves: such a command
     * is recorded only if it has a handler of the test.
     */
    void record(QmpCommand command) {
        CommandHandler handler = byName.get(command.name());
        if (handler == UUID_HANDLER || handler == NAME_HANDLER || handler == AgentCommands.SYNC_HANDLER) {
            return;
        }
        synchronized (received) {
            if (received.size() == MAX_RECEIVED) {
                received.poll();
            }
            received.add(command);
        }
        activity.changed();
    }

    /** {@return the first received command of a name; null if there is none} */
    @Nullable
    QmpCommand firstReceived(String name) {
        synchronized (received) {
            return received.stream()
                    .filter(command -> command.name().equals(name))
                    .findFirst()
                    .orElse(null);
        }
    }

    QmpReply execute(QmpCommand command, FailureLog failures) throws HangUp, NoReply {
        QmpErrorInfo objection = machine == null ? null : machine.objection(command);
        if (objection != null) {
            return QmpReply.failure(command.id(), objection);
        }
        CommandHandler handler = byName.get(command.name());
        if (handler == null) {
            return notFound(command, "The command " + command.name() + " has not been found");
        }
        if (command.isOutOfBand() && IN_BAND.contains(command.name())) {
            return refused(command, "The command " + command.name() + " does not support OOB");
        }
        try {
            JsonNode result = handler.handle(command);
            return QmpReply.success(command.id(), result == null ? QmpJson.object() : result);
        } catch (HangUp | NoReply withoutReply) {
            throw withoutReply;
        } catch (CommandRejection rejection) {
            return QmpReply.failure(command.id(), rejection.info());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed(command, e);
        } catch (Exception e) {
            return failed(command, e);
        } catch (Throwable e) { // such as a failed assertion: without a reply the client would wait for its timeout
            failures.failed("The handler of a command failed", Text.printable(command.name()), e);
            return failed(command, e);
        }
    }

    static QmpReply notFound(QmpCommand command, String description) {
        return QmpReply.failure(command.id(), new QmpErrorInfo(QmpErrorInfo.COMMAND_NOT_FOUND, description));
    }

    static QmpReply refused(QmpCommand command, String description) {
        return QmpReply.failure(command.id(), new QmpErrorInfo(QmpErrorInfo.GENERIC_ERROR, description));
    }

    private static QmpReply failed(QmpCommand command, Throwable failure) {
        @Nullable String text = failure.getMessage();
        return refused(command, text == null ? failure.getClass().getSimpleName() : text);
    }

    private ArrayNode commands() {
        ArrayNode names = QmpJson.object().putArray("commands");
        Set<String> known = machine == null ? byName.keySet() : machine.commands();
        new TreeSet<>(known).forEach(name -> names.addObject().put("name", name));
        return names;
    }
}
