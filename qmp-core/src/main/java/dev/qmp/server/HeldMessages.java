package dev.qmp.server;

import dev.qmp.message.QmpMessage;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * All messages of a session pass here. They are sent at once, or held back while the fault {@link ServerFault#SILENT}
 * is present.
 */
final class HeldMessages {

    private final Set<ServerFault> faults;
    private final Consumer<QmpMessage> out;
    private final Queue<QmpMessage> held = new ArrayDeque<>();

    HeldMessages(Set<ServerFault> faults, Consumer<QmpMessage> out) {
        this.faults = faults;
        this.out = out;
    }

    /**
     * Sends a message, or holds it back. While other messages are held back, it is queued behind them, so that the
     * order stays.
     */
    synchronized void send(QmpMessage message) {
        if (faults.contains(ServerFault.SILENT) || !held.isEmpty()) {
            held.add(message);
        } else {
            out.accept(message);
        }
    }

    /** Sends the messages that were held back. Called at the end of the fault. */
    synchronized void release() {
        for (QmpMessage next = held.poll(); next != null; next = held.poll()) {
            out.accept(next);
        }
    }
}
