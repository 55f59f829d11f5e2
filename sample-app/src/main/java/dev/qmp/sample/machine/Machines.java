package dev.qmp.sample.machine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * All machines that this application runs; none, if the configuration names existing machines. They are on before
 * the clients connect, and off after the clients have disconnected: the starter's clients are in phase 0. A QEMU ends
 * earlier if the JVM exits by a signal, because its launcher has a shutdown hook of its own.
 */
public class Machines implements SmartLifecycle {

    private final @Nullable PrivateDirectory directory;
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private boolean running;

    Machines(OwnMachines own, MachineFactory factory) {
        directory = own.directory() == null ? null : new PrivateDirectory(own.directory());
        own.names().forEach(name -> machines.put(name, factory.create(name, own.socket(name))));
    }

    /** {@return the machine of that name, if this application runs it} */
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

    /** Powers on a machine that has ended, unless all machines are being stopped. */
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
