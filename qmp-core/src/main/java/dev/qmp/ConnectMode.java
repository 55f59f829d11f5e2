package dev.qmp;

/** Which side dials. */
public enum ConnectMode {
    /** We dial a monitor that listens (QEMU: {@code server=on}). */
    CONNECT,
    /**
     * We listen, and QEMU dials us (QEMU: {@code server=off,reconnect=1}). An attempt waits for the peer without a
     * deadline, and takes in one peer. A started client that took in a wrong one (no QMP, no TLS, another machine)
     * hangs up on it, and listens again after the delay of its {@link ReconnectPolicy}.
     */
    LISTEN
}
