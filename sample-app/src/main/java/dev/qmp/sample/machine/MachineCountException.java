package dev.qmp.sample.machine;

/** The configured number of machines is out of range. */
class MachineCountException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int most;

    MachineCountException(int wanted, int most) {
        super("Property sample.vms: " + wanted + " machines cannot be run");
        this.most = most;
    }

    int most() {
        return most;
    }
}
