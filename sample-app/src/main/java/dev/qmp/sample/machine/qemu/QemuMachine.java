package dev.qmp.sample.machine.qemu;

import dev.qmp.process.QemuLauncher;
import dev.qmp.sample.machine.Machine;
import dev.qmp.sample.machine.SampleStartException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A machine that is a QEMU process: a small one, which boots its firmware. One that crashes or is killed is started
 * again. One that quits stays off.
 *
 * <p>QEMU gets two monitors. One belongs to the {@link QemuLauncher}, which ends the process with this application. The
 * other one, at a fixed path, is the console's. When the JVM exits, the launcher ends the process at once, so it can
 * end before the console has disconnected.
 */
final class QemuMachine implements Machine {

    private static final String PROGRAM = "qemu-system-x86_64";

    private final String name;
    private final QemuLauncher launcher;
    private volatile @Nullable QemuKeeper keeper;

    /** Creates a machine that is off. */
    QemuMachine(String name, Path socket) {
        this.name = name;
        this.launcher = QemuLauncher.of(PROGRAM)
                .withArguments(arguments(name, socket))
                .withName(name + "-process")
                .withDirectory(Objects.requireNonNull(socket.getParent()));
    }

    private static List<String> arguments(String name, Path socket) {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-name", name, "-machine", "pc,accel=tcg", "-m", "64", "-smp", "2"));
        arguments.addAll(List.of("-display", "none", "-vga", "std", "-nodefaults", "-no-user-config"));
        arguments.addAll(
                List.of("-netdev", "hubport,id=net0,hubid=0", "-device", "virtio-net-pci,netdev=net0,romfile="));
        arguments.addAll(List.of("-blockdev", "null-co,node-name=disk0,size=1073741824,read-zeroes=on"));
        arguments.addAll(List.of("-device", "virtio-blk-pci,drive=disk0,id=virtio-disk0"));
        arguments.addAll(List.of("-qmp", "unix:" + socket + ",server=on,wait=off"));
        return arguments;
    }

    @Override
    public void start() {
        if (!launcher.isInstalled()) {
            throw new SampleStartException(
                    "Profile 'qemu' runs real machines, but there is no " + PROGRAM + " on the PATH.",
                    "Install QEMU (Debian: qemu-system-x86), or start without the profile: machines are embedded"
                            + " then.");
        }
        if (!isRunning()) {
            keeper = QemuKeeper.start(name, launcher);
        }
    }

    @Override
    public void stop() {
        QemuKeeper stopped = keeper;
        if (stopped != null) {
            stopped.stop();
            keeper = null;
        }
    }

    @Override
    public boolean isRunning() {
        QemuKeeper current = keeper;
        return current != null && current.isAlive();
    }

    @Override
    public @Nullable String problem() {
        QemuKeeper current = keeper;
        return current == null ? null : current.problem();
    }
}
