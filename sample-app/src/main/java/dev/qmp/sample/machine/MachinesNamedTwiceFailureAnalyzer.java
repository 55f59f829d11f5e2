package dev.qmp.sample.machine;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains that own and existing machines exclude each other. */
class MachinesNamedTwiceFailureAnalyzer extends AbstractFailureAnalyzer<MachinesNamedTwiceException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, MachinesNamedTwiceException cause) {
        return new FailureAnalysis(
                cause.getMessage() + ". The sample runs machines of its own only if no other machine is named.",
                "Remove sample.vms to use the machines of " + cause.other() + ", or remove " + cause.other()
                        + " to run machines of the sample's own.",
                cause);
    }
}
