package dev.qmp.oracle;

import dev.qmp.IdentityPolicy;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.Qemu;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A path at which one QEMU follows the other, and a client that keeps connecting to it. A new QEMU takes the path in
 * one step, when it is ready and its witness listens. The previous one may live on, unreachable.
 */
final class Place implements AutoCloseable {

    private final Path folder;
    private final UUID uuid;
    private final boolean sameMachine;
    private final QmpClient client;
    private final Deque<Witness> witnesses = new ArrayDeque<>();

    /**
     * @param sameMachine whether all QEMUs here report the same identity, and the client requires it
     */
    Place(String name, UUID uuid, boolean sameMachine) {
        try {
            this.folder = Files.createTempDirectory("qmp");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.uuid = uuid;
        this.sameMachine = sameMachine;
        this.client = QmpClient.builder(Endpoint.unix(path()))
                .name(name)
                .identityPolicy(sameMachine ? IdentityPolicy.SAME : IdentityPolicy.ANY)
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0.2, Duration.ofMillis(500)))
                .handshakeTimeout(Duration.ofSeconds(2))
                .commandTimeout(Duration.ofMillis(1500))
                .livenessTimeout(Duration.ofSeconds(1))
                .disconnectTimeout(Duration.ofMillis(200))
                .build();
        putQemu();
        client.start();
    }

    private Path path() {
        return folder.resolve("vm.qmp");
    }

    QmpClient client() {
        return client;
    }

    /** Puts a new QEMU at the path. */
    void putQemu() {
        UUID identity = sameMachine ? uuid : UUID.randomUUID();
        Witness witness = Witness.start("-uuid", identity.toString());
        witnesses.addLast(witness);
        try {
            Files.move(
                    witness.qemu().socket(),
                    path(),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills the QEMU that was put there last. Its socket stays. */
    void kill() {
        witnesses.getLast().qemu().kill();
    }

    /** Kills those that are out of reach. */
    void killReplaced() {
        witnesses.stream().filter(witness -> witness != witnesses.getLast()).forEach(witness -> witness.qemu()
                .kill());
    }

    void freeze() {
        witnesses.getLast().qemu().freeze();
    }

    void thaw() {
        witnesses.getLast().qemu().thaw();
    }

    /** {@return how the QEMU that was put there last came to its end; empty while it lives} */
    Optional<String> death() {
        Qemu qemu = witnesses.getLast().qemu();
        return qemu.isAlive() ? Optional.empty() : Optional.of("exit code " + qemu.exitCode());
    }

    /**
     * Waits until there is a session with the last QEMU and all commands sent to it are done. It then reads all
     * witnesses, and dismisses the dead ones.
     *
     * @return the commands executed since the last call
     */
    List<Execution> settle() {
        killReplaced();
        Witness.awaitDone(client);
        List<Execution> executed = new ArrayList<>();
        witnesses.forEach(witness -> executed.addAll(witness.testify()));
        while (witnesses.size() > 1) {
            witnesses.removeFirst().close();
        }
        return executed;
    }

    @Override
    public void close() {
        client.close();
        witnesses.forEach(Witness::close);
        try {
            Files.deleteIfExists(path());
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
