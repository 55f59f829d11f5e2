package dev.qmp;

/** The policy never to try again. */
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
