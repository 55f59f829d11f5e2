package dev.qmp.sample.machine;

import dev.qmp.sample.directory.PrivateDirectory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * All machines this application runs; none, if the user named others. They are on before the clients connect and off after
 * those have disconnected: the starter's clients live in phase 0.
 */
public class Machines implements SmartLifecycle {

    private final @Nullable PrivateDirectory directory;
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private boolean running;

    Machines(OwnMachines own, MachineFactory factory) {
        directory = own.directory() == null ? null : new PrivateDirectory(own.directory());
        own.names().forEach(name -> machines.put(name, factory.create(name, own.socket(name))));
    }

    /** {@return the machine of that name, if it is one of this application's own} */
    public Optional<Machine> find(String name) {
        return Optional.ofNullable(machines.get(name));
    }

    @Override
    public synchronized void start() {
        if (directory != null) {
            directory.create();
        }
        running = true;
        machines.values().forEach(Machine::start);
    }

    @Override
    public synchronized void stop() {
        machines.values().forEach(Machine::stop);
        if (directory != null) {
            directory.delete();
        }
        running = false;
    }

    /** Powers a machine on that has gone off, unless all are going off. */
    public synchronized void powerOn(Machine machine) {
        if (running) {
            machine.start();
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return -1;
    }
}
