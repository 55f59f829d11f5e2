package dev.qmp.sample.machine;

/** The configuration has a number of own machines and names existing machines, but only one of the two is possible. */
class MachinesNamedTwiceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String other;

    MachinesNamedTwiceException(String count, String other) {
        super("sample.vms=" + count + " is set, and so is " + other);
        this.other = other;
    }

    /** {@return the property that names existing machines} */
    String other() {
        return other;
    }
}
