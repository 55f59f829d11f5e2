package dev.qmp.sample.machine;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows what the user can do, instead of a stack trace. */
class SampleStartFailureAnalyzer extends AbstractFailureAnalyzer<SampleStartException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, SampleStartException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
    }
}
