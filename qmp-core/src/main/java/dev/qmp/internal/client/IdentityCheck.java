package dev.qmp.internal.client;

import dev.qmp.IdentityPolicy;
import dev.qmp.MachineIdentity;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Remembers which machine it was, and refuses another one. */
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

    /** {@return the machine of this session, or the last one; null before the first} */
    @Nullable
    MachineIdentity current() {
        return current;
    }

    /** The application has ended what there was: the next machine is a new beginning. */
    void forget() {
        expected = null;
    }

    /**
     * Looks at the answers to {@code query-uuid} and {@code query-name}. A server that does not know them is no
     * machine.
     *
     * @throws QmpConnectException if it is another machine than expected
     */
    void check(QmpReply uuid, QmpReply name) {
        MachineIdentity found = new MachineIdentity(uuid(member(uuid, "UUID")), member(name, "name"));
        if (expected != null && !expected.equals(found)) {
            throw new QmpConnectException(
                    ConnectPhase.IDENTITY,
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
