package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpEventListener;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.aop.support.AopUtils;
import org.springframework.context.ApplicationListener;
import org.springframework.context.EmbeddedValueResolverAware;
import org.springframework.context.event.EventListenerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.Assert;
import org.springframework.util.StringValueResolver;

/** Creates the listeners of methods with {@link QmpEventListener}. Ordered before Spring's default factory. */
final class QmpEventListenerFactory implements EventListenerFactory, EmbeddedValueResolverAware, Ordered {

    private StringValueResolver placeholders = text -> text;

    @Override
    public void setEmbeddedValueResolver(StringValueResolver resolver) {
        this.placeholders = resolver;
    }

    @Override
    public int getOrder() {
        return 0;
    }

    @Override
    public boolean supportsMethod(Method method) {
        return AnnotatedElementUtils.hasAnnotation(method, QmpEventListener.class);
    }

    @Override
    public ApplicationListener<?> createApplicationListener(String beanName, Class<?> type, Method method) {
        // behind a JDK proxy, this is the interface's method, which may lack the annotation
        QmpEventListener annotation = AnnotatedElementUtils.findMergedAnnotation(
                AopUtils.getMostSpecificMethod(method, type), QmpEventListener.class);
        Assert.state(annotation != null, "'method' must be annotated with @QmpEventListener");
        Set<String> names = resolve(annotation.name());
        Set<String> connections = resolve(annotation.connection());
        return new QmpEventListenerMethod(beanName, type, method, names, connections);
    }

    private Set<String> resolve(String[] values) {
        return Arrays.stream(values)
                .map(value -> String.valueOf(placeholders.resolveStringValue(value)))
                .collect(Collectors.toUnmodifiableSet());
    }
}
