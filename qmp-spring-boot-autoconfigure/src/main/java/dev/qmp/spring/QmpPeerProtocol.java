package dev.qmp.spring;

/** The protocol of the peer at a connection's address. */
public enum QmpPeerProtocol {

    /**
     * A QMP monitor, of QEMU or of {@code qemu-storage-daemon}. It sends a greeting, and capabilities are
     * negotiated.
     */
    QMP,

    /**
     * The guest agent {@code qemu-ga}, behind its virtio-serial port. It has no greeting, no negotiation and no
     * events.
     */
    GUEST_AGENT
}
