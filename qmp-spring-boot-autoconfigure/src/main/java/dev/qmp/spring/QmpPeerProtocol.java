package dev.qmp.spring;

/** What the peer at a connection's address speaks. */
public enum QmpPeerProtocol {

    /** A QMP monitor, of QEMU or of {@code qemu-storage-daemon}: it greets, and capabilities are negotiated. */
    QMP,

    /** The guest agent {@code qemu-ga}, behind its virtio-serial port: no greeting, no negotiation, no events. */
    GUEST_AGENT
}
