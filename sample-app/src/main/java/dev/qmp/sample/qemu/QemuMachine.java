package dev.qmp.sample.qemu;

import dev.qmp.sample.machine.Machine;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A machine that is a QEMU process. One that crashes or is killed comes back; one that quits stays off. */
public final class QemuMachine implements Machine {

    private final String name;
    private final Path socket;
    private volatile @Nullable QemuKeeper keeper;

    /** Makes a machine that is off. */
    public QemuMachine(String name, Path socket) {
        this.name = name;
        this.socket = socket;
    }

    @Override
    public void start() {
        if (QemuCommandLine.findProgram(QemuCommandLine.PROGRAM).isEmpty()) {
            throw new QemuMissingException();
        }
        if (!isRunning()) {
            keeper = QemuKeeper.start(name, QemuCommandLine.of(name, socket));
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
