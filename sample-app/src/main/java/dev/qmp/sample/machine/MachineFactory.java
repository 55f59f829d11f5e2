package dev.qmp.sample.machine;

import java.nio.file.Path;

/** Makes machines of one kind. */
@FunctionalInterface
public interface MachineFactory {

    /**
     * {@return a machine that is off}
     *
     * @param name what it is called
     * @param socket where its monitor will listen
     */
    Machine create(String name, Path socket);
}
