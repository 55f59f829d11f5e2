package dev.qmp.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Skips, or fails, as {@link RequiresTool} states. */
final class RequiresToolCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return context.getElement()
                .flatMap(element -> AnnotationSupport.findAnnotation(element, RequiresTool.class))
                .map(requirement -> evaluate(requirement.value()))
                .orElseGet(() -> ConditionEvaluationResult.enabled("no program is required"));
    }

    static ConditionEvaluationResult evaluate(Tool tool) {
        if (tool.find().isPresent()) {
            return ConditionEvaluationResult.enabled(tool + " is installed");
        }
        if (tool.isRequired()) {
            throw new IllegalStateException(tool.missing() + ", and QMP_TESTS_REQUIRE says it must be");
        }
        return ConditionEvaluationResult.disabled(tool.missing());
    }
}
