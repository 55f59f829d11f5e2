package dev.qmp.sample.machine;

/** A number of own machines is set beside machines that exist already: only one of the two can be meant. */
class MachinesNamedTwiceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String other;

    MachinesNamedTwiceException(String count, String other) {
        super("sample.vms=" + count + " is set, and so is " + other);
        this.other = other;
    }

    /** {@return the property that names machines, too} */
    String other() {
        return other;
    }
}
