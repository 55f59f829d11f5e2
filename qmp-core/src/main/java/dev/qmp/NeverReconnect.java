package dev.qmp;

/** The policy of {@link ReconnectPolicy#never()}. */
enum NeverReconnect implements ReconnectPolicy {
    INSTANCE;

    @Override
    public Schedule newSchedule() {
        throw new IllegalStateException("there is no further attempt");
    }

    @Override
    public boolean isEnabled() {
        return false;
    }

    @Override
    public String toString() {
        return "ReconnectPolicy.never()";
    }
}
