package dev.qmp.autoconfigure;

import dev.qmp.autoconfigure.UnknownQmpKeysException.UnknownKey;
import java.util.stream.Collectors;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Lists the keys that do not exist, where they are written, and what to write instead. */
final class UnknownQmpKeysFailureAnalyzer extends AbstractFailureAnalyzer<UnknownQmpKeysException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnknownQmpKeysException cause) {
        String description = cause.keys().stream()
                .map(UnknownKey::place)
                .collect(Collectors.joining("\n    ", "These properties do not exist:\n\n    ", "\n"));
        String action = cause.keys().stream()
                .map(key -> key.name() + ": " + key.printableAdvice())
                .collect(Collectors.joining(
                        "\n    ",
                        "Correct or remove them:\n\n    ",
                        "\n\nIf the application has keys of its own under qmp, or an older version"
                                + " reads a newer configuration, set qmp.ignore-unknown-keys=true.\n"));
        return new FailureAnalysis(description, action, cause);
    }
}
