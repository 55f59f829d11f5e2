package dev.qmp.sample.machine;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Describes the permitted number of machines. */
class MachineCountFailureAnalyzer extends AbstractFailureAnalyzer<MachineCountException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, MachineCountException cause) {
        return new FailureAnalysis(
                cause.getMessage() + ".",
                "Set sample.vms to a number from 1 to " + cause.most()
                        + ", or name machines that run already by qmp.connection.NAME.address.",
                cause);
    }
}
