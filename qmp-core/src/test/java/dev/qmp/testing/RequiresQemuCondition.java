package dev.qmp.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Evaluates {@link RequiresQemu} against the installed program. */
final class RequiresQemuCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return context.getElement()
                .flatMap(element -> AnnotationSupport.findAnnotation(element, RequiresQemu.class))
                .map(RequiresQemuCondition::evaluate)
                .orElseGet(() -> ConditionEvaluationResult.enabled("no QEMU is required"));
    }

    private static ConditionEvaluationResult evaluate(RequiresQemu requirement) {
        ConditionEvaluationResult installed = RequiresToolCondition.evaluate(requirement.value());
        if (installed.isDisabled() || (requirement.from() + requirement.before()).isEmpty()) {
            return installed;
        }
        return evaluate(requirement, QemuVersion.of(requirement.value()));
    }

    static ConditionEvaluationResult evaluate(RequiresQemu requirement, QemuVersion version) {
        if (requirement.reason().isEmpty()) {
            throw new IllegalStateException("a range of QEMU versions needs a reason: " + requirement);
        }
        if (!requirement.from().isEmpty() && version.compareTo(QemuVersion.parse(requirement.from())) < 0) {
            return ConditionEvaluationResult.disabled(
                    "QEMU " + version + " is older than " + requirement.from() + ": " + requirement.reason());
        }
        if (!requirement.before().isEmpty() && version.compareTo(QemuVersion.parse(requirement.before())) >= 0) {
            return ConditionEvaluationResult.disabled(
                    "QEMU " + version + " is not older than " + requirement.before() + ": " + requirement.reason());
        }
        return ConditionEvaluationResult.enabled("QEMU " + version + " is in the range");
    }
}
