package dev.qmp.sample.qemu;

/** QEMU is not installed, or not on the PATH. */
class QemuMissingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    QemuMissingException() {
        super("there is no " + QemuCommandLine.PROGRAM + " on the PATH");
    }
}
