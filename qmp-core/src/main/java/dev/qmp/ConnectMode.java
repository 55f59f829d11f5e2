package dev.qmp;

/** Which side dials. */
public enum ConnectMode {
    /** We dial a monitor that listens (QEMU: {@code server=on}). */
    CONNECT,
    /** We listen, and QEMU dials us (QEMU: {@code server=off,reconnect=1}). */
    LISTEN
}
