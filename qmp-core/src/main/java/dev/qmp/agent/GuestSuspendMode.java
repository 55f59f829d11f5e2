package dev.qmp.agent;

/** Where a suspended guest keeps its memory. */
public enum GuestSuspendMode {
    /** The guest's memory stays powered. QEMU's command {@code system_wakeup} wakes the guest. */
    RAM("guest-suspend-ram"),
    /** The guest writes its memory to its disk, and the machine turns off. */
    DISK("guest-suspend-disk"),
    /** The guest writes its memory to its disk, and then suspends as with {@link #RAM}. */
    HYBRID("guest-suspend-hybrid");

    private final String command;

    GuestSuspendMode(String command) {
        this.command = command;
    }

    String command() {
        return command;
    }
}
