package dev.qmp.testing;

import dev.qmp.protocol.ConnectPhase;

/** The phases of a protocol of one's own. */
public enum LinePhase implements ConnectPhase {
    GREETING("no greeting", false),
    NEGOTIATION("negotiation failed", true);

    private final String failure;
    private final boolean peerKnown;

    LinePhase(String failure, boolean peerKnown) {
        this.failure = failure;
        this.peerKnown = peerKnown;
    }

    @Override
    public String failure() {
        return failure;
    }

    @Override
    public boolean isPeerKnown() {
        return peerKnown;
    }
}
