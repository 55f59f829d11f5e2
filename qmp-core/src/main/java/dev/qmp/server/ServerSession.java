package dev.qmp.server;

import dev.qmp.message.QmpMessage;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * The state of one client's session. When the session ends, the protocol drops it as a whole.
 *
 * <p>Thread safety: any thread may use it, except for the methods about execution out of band, which are for the event
 * loop.
 */
final class ServerSession {

    private final HeldMessages messages;
    private volatile boolean negotiated;

    /** Replies that are not written yet, and that a byte 0xFF precedes. */
    private final Set<QmpMessage> delimited = Collections.synchronizedSet(identitySet());

    /** Error replies to input out of band that are not delivered yet. */
    private final Set<QmpMessage> refusedOutOfBand = identitySet();

    private boolean outOfBand;

    ServerSession(HeldMessages messages) {
        this.messages = messages;
    }

    private static Set<QmpMessage> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    /** {@return the queue that all messages to the client pass} */
    HeldMessages messages() {
        return messages;
    }

    /** Notes that the client can execute commands. */
    void negotiated() {
        negotiated = true;
    }

    boolean hasNegotiated() {
        return negotiated;
    }

    /** Has a byte 0xFF written before a reply. */
    void delimit(QmpMessage reply) {
        delimited.add(reply);
    }

    /** {@return whether a byte 0xFF precedes a reply} It can be asked once. */
    boolean takeDelimited(QmpMessage reply) {
        return delimited.remove(reply);
    }

    /** Sets whether out-of-band execution is enabled. */
    void outOfBand(boolean enabled) {
        outOfBand = enabled;
    }

    boolean isOutOfBand() {
        return outOfBand;
    }

    /** Notes an error reply to input out of band. */
    void refusedOutOfBand(QmpMessage refusal) {
        refusedOutOfBand.add(refusal);
    }

    /** {@return whether an error reply is one to input out of band} It can be asked once. */
    boolean takeRefusedOutOfBand(QmpMessage refusal) {
        return refusedOutOfBand.remove(refusal);
    }
}
