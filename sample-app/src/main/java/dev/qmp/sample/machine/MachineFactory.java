package dev.qmp.sample.machine;

import java.nio.file.Path;

/** Creates machines of one kind. */
@FunctionalInterface
public interface MachineFactory {

    /**
     * {@return a machine that is off}
     *
     * @param name its name
     * @param socket the path of its monitor's socket
     */
    Machine create(String name, Path socket);
}
