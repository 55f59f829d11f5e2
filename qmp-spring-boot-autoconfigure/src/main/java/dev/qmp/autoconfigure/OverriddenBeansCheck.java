package dev.qmp.autoconfigure;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Refuses a connection that has the name of another bean, if the application lets definitions override each other.
 * Otherwise Spring refuses the second definition. Runs before {@link QmpClientRegistrar}, which cannot see the other
 * beans. It does not run in an application that was processed ahead of time.
 */
final class OverriddenBeansCheck implements ImportBeanDefinitionRegistrar {

    private final Environment environment;

    OverriddenBeansCheck(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
        if (!(registry instanceof DefaultListableBeanFactory beans) || !beans.isAllowBeanDefinitionOverriding()) {
            return;
        }
        Set<String> taken = new HashSet<>();
        ConnectionNames.of(environment).forEach((name, traits) -> {
            List<String> own = new ArrayList<>(List.of(name, name + QmpClientRegistrar.SUFFIX));
            if (traits.guestAgent()) {
                own.add(name + QmpClientRegistrar.AGENT_SUFFIX);
            }
            for (String bean : own) {
                if (registry.isBeanNameInUse(bean) || !taken.add(bean)) {
                    throw QmpClientRegistrar.nameClash(name, bean, null);
                }
            }
        });
    }
}
