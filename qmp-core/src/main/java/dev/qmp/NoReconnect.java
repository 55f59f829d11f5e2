package dev.qmp;

/** The policy that never tries again. */
final class NoReconnect implements ReconnectPolicy {

    @Override
    public Schedule newSchedule() {
        throw new IllegalStateException("there is no further attempt");
    }

    @Override
    public boolean isEnabled() {
        return false;
    }
}
