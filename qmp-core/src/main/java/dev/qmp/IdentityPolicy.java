package dev.qmp;

/**
 * Whether the machine behind a monitor may change between sessions. If a second QEMU is started with the same socket
 * path, it takes over the path silently. A client that reconnects would then control another machine.
 */
public enum IdentityPolicy {

    /**
     * The client queries the {@link MachineIdentity} of every server before any command of the application. It accepts
     * only the first machine since it was built, or since the application disconnected it.
     *
     * <p>With any other machine the attempt fails with {@link HandshakePhase#IDENTITY} and is not repeated. A client
     * that listens goes on listening, because the next peer may be the right one. Machines without UUID and name cannot
     * be distinguished.
     */
    SAME,

    /** The client does not query the identity and accepts every machine. */
    ANY
}
