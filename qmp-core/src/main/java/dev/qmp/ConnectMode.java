package dev.qmp;

/** Which side dials. */
public enum ConnectMode {
    /** The client dials a monitor that listens (QEMU: {@code server=on}). */
    CONNECT,
    /**
     * The client listens, and QEMU dials (QEMU: {@code server=off,reconnect-ms=1000}, before 9.2 {@code reconnect=1}).
     * An attempt waits for the peer without a deadline, and accepts one peer. If a started client has accepted a wrong
     * peer (no QMP, no TLS, another machine), it closes that connection. It listens again after the delay of its {@link
     * ReconnectPolicy}.
     */
    LISTEN
}
