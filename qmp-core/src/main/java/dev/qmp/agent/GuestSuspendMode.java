package dev.qmp.agent;

/** Where a suspended guest keeps its memory. */
public enum GuestSuspendMode {
    /** In its memory; QEMU's {@code system_wakeup} wakes it up. */
    RAM("guest-suspend-ram"),
    /** On its disk: the machine turns off. */
    DISK("guest-suspend-disk"),
    /** In both. */
    HYBRID("guest-suspend-hybrid");

    private final String command;

    GuestSuspendMode(String command) {
        this.command = command;
    }

    String command() {
        return command;
    }
}
