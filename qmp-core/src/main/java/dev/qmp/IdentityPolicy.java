package dev.qmp;

/**
 * Whether the machine behind a monitor may be another one than before. A second QEMU that is started with the same
 * socket path takes it over in silence: a client that connects again would steer another machine.
 */
public enum IdentityPolicy {

    /**
     * The client asks every server for its {@link MachineIdentity} before any command of the application, and refuses
     * every machine but the first one since it was built or last disconnected by the application. The attempt fails
     * with {@link dev.qmp.protocol.ConnectPhase#IDENTITY} and is not repeated; a client that listens goes on listening,
     * as the next to come may be the right one. Machines without UUID and name cannot be told apart.
     */
    SAME,

    /** The client does not ask: it takes whichever machine it finds. */
    ANY
}
