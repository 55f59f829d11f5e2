package dev.qmp.agent;

/** How the guest shuts down. */
public enum GuestShutdownMode {
    /** The guest turns itself off. */
    POWER_DOWN("powerdown"),
    /** The guest stops, and its machine runs on. */
    HALT("halt"),
    /** The guest reboots. */
    REBOOT("reboot");

    private final String value;

    GuestShutdownMode(String value) {
        this.value = value;
    }

    String value() {
        return value;
    }
}
