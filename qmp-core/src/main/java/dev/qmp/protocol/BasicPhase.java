package dev.qmp.protocol;

/** The phases of every connection, which {@link ConnectPhase} shows as its constants. */
enum BasicPhase implements ConnectPhase {
    TRANSPORT("cannot connect"),
    TLS("no TLS session"),
    SESSION("no session");

    private final String failure;

    BasicPhase(String failure) {
        this.failure = failure;
    }

    @Override
    public String failure() {
        return failure;
    }

    @Override
    public boolean isPeerKnown() {
        return false;
    }
}
