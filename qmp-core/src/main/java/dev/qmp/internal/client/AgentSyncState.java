package dev.qmp.internal.client;

import dev.qmp.message.QmpErrorInfo;
import dev.qmp.protocol.BottomHalf;
import org.jspecify.annotations.Nullable;

/**
 * A state of {@link AgentSync}, with the data that exists in this state only. The page {@code
 * docs/internals/guest-agents.md} of the module draws the states and their moves.
 */
sealed interface AgentSyncState {

    /** {@return whether the drawing has this move} */
    boolean mayBecome(AgentSyncState next);

    /** A state in which commands have ids. */
    sealed interface WithIds extends AgentSyncState {

        RepliesWithoutId withoutId();
    }

    /** A state in which commands have no ids. */
    sealed interface WithoutIds extends AgentSyncState {}

    /** The agent may still refuse ids, and may still reply to earlier clients. */
    record IdsUnproven(RepliesWithoutId withoutId) implements WithIds {

        @Override
        public boolean mayBecome(AgentSyncState next) {
            return next instanceof IdsProven || next instanceof IdsRefused;
        }
    }

    /** The agent has replied to a command with an id, or to a synchronization. */
    record IdsProven(RepliesWithoutId withoutId) implements WithIds {

        @Override
        public boolean mayBecome(AgentSyncState next) {
            return next instanceof IdsRefused; // perhaps another agent was started in the guest
        }
    }

    /** The agent has refused ids. After the synchronization, the refused commands are sent again. */
    record IdsRefused() implements WithoutIds {

        @Override
        public boolean mayBecome(AgentSyncState next) {
            return next instanceof InOrder;
        }
    }

    /** No ids, and the agent may still reply to earlier clients. No command is written before a synchronization. */
    record Unsynchronized() implements WithoutIds {

        @Override
        public boolean mayBecome(AgentSyncState next) {
            return next instanceof InOrder;
        }
    }

    /** No ids. One command is on the wire at a time, and the next reply belongs to it. */
    record InOrder() implements WithoutIds {

        @Override
        public boolean mayBecome(AgentSyncState next) {
            return false;
        }
    }

    /** An error without an id, and the only command to which it can belong. The next synchronization decides. */
    record DoubtfulError(PendingCommand<?> command, QmpErrorInfo error) {}

    /** The replies without an id that may arrive although commands have ids. */
    @BottomHalf
    final class RepliesWithoutId {

        private int unneeded;
        private @Nullable DoubtfulError doubtful;

        /** Counts a command that needs no reply and is written without an id. A reply to it may still arrive. */
        void writtenWithoutId() {
            unneeded++;
        }

        /** {@return whether a {@code withoutReply()} command may still have a reply} The reply is then used up. */
        boolean takeUnneeded() {
            boolean isUnneeded = unneeded > 0;
            unneeded -= isUnneeded ? 1 : 0;
            return isUnneeded;
        }

        /** Keeps an error until the synchronization that was sent because of it has its reply. */
        void doubt(DoubtfulError error) {
            assert doubtful == null : "the synchronization for another error is not over";
            doubtful = error;
        }

        /** {@return the error that was kept; null if there is none} It is not kept any more. */
        @Nullable
        DoubtfulError takeDoubtful() {
            DoubtfulError taken = doubtful;
            doubtful = null;
            return taken;
        }
    }
}
