package dev.qmp.autoconfigure;

import dev.qmp.agent.GuestAgent;
import dev.qmp.spring.QmpConnection;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;

/**
 * Lets {@code @QmpConnection} and {@code @Qualifier} select a {@link GuestAgent} bean by the connection's name, as they
 * select the client. The bean itself cannot have that name, because the client has it, and a bean registrar cannot add
 * qualifiers.
 */
final class GuestAgentQualifiers implements BeanFactoryPostProcessor {

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
        for (String name : beanFactory.getBeanDefinitionNames()) {
            if (name.endsWith(QmpClientRegistrar.AGENT_SUFFIX)) {
                String connection = name.substring(0, name.length() - QmpClientRegistrar.AGENT_SUFFIX.length());
                if (beanFactory.containsBeanDefinition(connection)
                        && beanFactory.getBeanDefinition(name) instanceof AbstractBeanDefinition bean
                        && bean.hasBeanClass()
                        && bean.getBeanClass() == GuestAgent.class) {
                    bean.addQualifier(new AutowireCandidateQualifier(QmpConnection.class, connection));
                    bean.addQualifier(new AutowireCandidateQualifier(Qualifier.class, connection));
                }
            }
        }
    }
}
