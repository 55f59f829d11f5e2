package dev.qmp.sample.machine.qemu;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains how to install QEMU, or how to run without it. */
class QemuMissingFailureAnalyzer extends AbstractFailureAnalyzer<QemuMissingException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, QemuMissingException cause) {
        return new FailureAnalysis(
                "Profile 'qemu' runs real machines, but " + cause.getMessage() + ".",
                "Install QEMU (Debian: qemu-system-x86), or start without the profile: machines are embedded then.",
                cause);
    }
}
