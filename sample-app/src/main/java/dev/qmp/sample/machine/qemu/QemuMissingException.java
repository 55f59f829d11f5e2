package dev.qmp.sample.machine.qemu;

/** No directory of the PATH contains QEMU. */
class QemuMissingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    QemuMissingException() {
        super("there is no " + QemuMachine.PROGRAM + " on the PATH");
    }
}
