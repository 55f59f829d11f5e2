package dev.qmp.internal.client;

import dev.qmp.HandshakePhase;
import dev.qmp.IdentityPolicy;
import dev.qmp.MachineIdentity;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.UpperHalf;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Remembers the machine's identity, and refuses another machine. */
@BottomHalf
final class IdentityCheck {

    private static final UUID NONE = new UUID(0, 0);

    private final IdentityPolicy policy;
    private @Nullable MachineIdentity expected;
    private volatile @Nullable MachineIdentity current;

    IdentityCheck(IdentityPolicy policy) {
        this.policy = policy;
    }

    boolean isWanted() {
        return policy == IdentityPolicy.SAME;
    }

    /** {@return the machine of this session, or of the last one; null before the first} */
    @UpperHalf
    @Nullable
    MachineIdentity current() {
        return current;
    }

    /** Forgets the machine after a disconnect by the application, so that the next machine is accepted. */
    void forget() {
        expected = null;
    }

    /**
     * Checks the replies to {@code query-uuid} and {@code query-name}. A server without these commands is not a
     * machine.
     *
     * @throws QmpConnectException if it is another machine than before
     */
    void check(QmpReply uuid, QmpReply name) {
        MachineIdentity found = new MachineIdentity(uuid(member(uuid, "UUID")), member(name, "name"));
        if (expected != null && !expected.equals(found)) {
            throw new QmpConnectException(
                    HandshakePhase.IDENTITY,
                    false,
                    "another machine: this is " + found + ", it was " + expected
                            + "; to go on with this machine call disconnect() and then start();"
                            + " to take any machine set identityPolicy(IdentityPolicy.ANY) at the client's builder",
                    null);
        }
        expected = found;
        current = found;
    }

    private static @Nullable String member(QmpReply reply, String member) {
        JsonNode result = reply.result();
        JsonNode value = result == null ? null : result.get(member);
        return value == null || !value.isString() ? null : value.stringValue();
    }

    private static @Nullable UUID uuid(@Nullable String text) {
        try {
            UUID uuid = text == null ? NONE : UUID.fromString(text);
            return uuid.equals(NONE) ? null : uuid;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
