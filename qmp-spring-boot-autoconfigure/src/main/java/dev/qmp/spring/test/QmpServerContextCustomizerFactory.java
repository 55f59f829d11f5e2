package dev.qmp.spring.test;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Finds {@link AutoConfigureQmpServer} on test classes. */
final class QmpServerContextCustomizerFactory implements ContextCustomizerFactory {

    @Override
    public @Nullable ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> configAttributes) {
        AutoConfigureQmpServer annotation =
                TestContextAnnotationUtils.findMergedAnnotation(testClass, AutoConfigureQmpServer.class);
        return annotation == null
                ? null
                : new QmpServerContextCustomizer(List.of(annotation.connection()), annotation.schema());
    }
}
