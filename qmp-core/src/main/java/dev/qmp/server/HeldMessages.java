package dev.qmp.server;

import dev.qmp.message.QmpMessage;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/** What a server says goes through here: at once, or, while it has the fault {@link ServerFault#SILENT}, afterwards. */
final class HeldMessages {

    private final Faults faults;
    private final Consumer<QmpMessage> out;
    private final Queue<QmpMessage> held = new ArrayDeque<>();

    HeldMessages(Faults faults, Consumer<QmpMessage> out) {
        this.faults = faults;
        this.out = out;
    }

    /** Nothing overtakes what is about to be released. */
    synchronized void say(QmpMessage message) {
        if (faults.has(ServerFault.SILENT) || !held.isEmpty()) {
            held.add(message);
        } else {
            out.accept(message);
        }
    }

    /** Says what was held back; to be called when the fault is over. */
    synchronized void release() {
        for (QmpMessage next = held.poll(); next != null; next = held.poll()) {
            out.accept(next);
        }
    }

    /** What was meant for a client that has left is no business of the next one. */
    synchronized void forget() {
        held.clear();
    }
}
