package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.aop.MethodBeforeAdvice;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.target.SingletonTargetSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Client beans that are something else than the client that the registry knows. */
@ExtendWith(OutputCaptureExtension.class)
class ClientBeanProxyTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void aConfiguredClientMayBeProxied() {
        runner.withBean("advice", MethodBeforeAdvice.class, () -> (method, arguments, target) -> {})
                .withBean(BeanNameAutoProxyCreator.class, () -> {
                    BeanNameAutoProxyCreator proxies = new BeanNameAutoProxyCreator();
                    proxies.setBeanNames("*QmpClient");
                    proxies.setInterceptorNames("advice");
                    return proxies;
                })
                .run(context -> {
                    QmpClient bean = context.getBean(QmpClient.class);
                    assertThat(AopUtils.isAopProxy(bean)).isTrue();
                    assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm1");
                    Awaitility.await().until(() -> bean.runstate() == Runstate.RUNNING);
                });
    }

    /** By subclass, as Boot proxies by default. */
    @Test
    void input34AnAspectOnClientsAndTheirRegistryMayProxyTheirClasses() {
        AtomicInteger advised = new AtomicInteger();
        runner.withBean(
                        "advice",
                        MethodBeforeAdvice.class,
                        () -> (method, arguments, target) -> advised.incrementAndGet())
                .withBean(BeanNameAutoProxyCreator.class, () -> {
                    BeanNameAutoProxyCreator proxies = new BeanNameAutoProxyCreator();
                    proxies.setProxyTargetClass(true);
                    proxies.setBeanNames("vm1", "qmpClients");
                    proxies.setInterceptorNames("advice");
                    return proxies;
                })
                .run(context -> {
                    QmpClient bean = context.getBean(QmpClient.class);
                    QmpClients clients = context.getBean(QmpClients.class);
                    assertThat(AopUtils.isCglibProxy(bean)).isTrue();
                    assertThat(AopUtils.isCglibProxy(clients)).isTrue();
                    assertThat(clients.names()).containsExactly("vm1");
                    Awaitility.await().until(() -> bean.runstate() == Runstate.RUNNING);
                    int before = advised.get();
                    bean.blocking().execute("query-status");
                    assertThat(advised.get()).isGreaterThan(before);
                    clients.remove("vm1").join();
                });
    }

    @Test
    void aConfiguredClientMayBeDecorated() {
        runner.withBean(Decorator.class)
                .run(context ->
                        assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm1"));
    }

    @Test
    void aProxyOfAClientOfTheApplicationIsTheSameConnection(CapturedOutput output) {
        runner.withUserConfiguration(OwnClientAndProxy.class).run(context -> {
            assertThat(context.getBean(QmpClients.class).names()).containsExactly("own");
            assertThat(output).doesNotContain("is not used as a QMP connection");
        });
    }

    @Test
    void aMockStartsAndIsNoConnection(CapturedOutput output) {
        runner.withBean("mine", QmpClient.class, () -> mock(QmpClient.class)).run(context -> {
            assertThat(context.getBean(QmpClients.class).names()).isEmpty();
            assertThat(output).contains("The bean 'mine' is not used as a QMP connection");
        });
    }

    @Test
    void ofTwoClientsWithOneNameTheFirstIsTheConnection(CapturedOutput output) {
        runner.withUserConfiguration(TwoOfOneName.class).run(context -> {
            assertThat(context.getBean(QmpClients.class).get("own")).isSameAs(context.getBean("first"));
            assertThat(output).contains("The bean 'second' is not used as a QMP connection", "'own' already");
        });
    }

    static class Decorator implements BeanPostProcessor {

        @Override
        public Object postProcessAfterInitialization(Object bean, String beanName) {
            return bean instanceof QmpClient client
                    ? mock(QmpClient.class, call -> call.getMethod().invoke(client, call.getArguments()))
                    : bean;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClientAndProxy {

        @Bean
        QmpClient own() {
            return QmpClient.builder("unix:/nowhere/own.qmp").name("own").build();
        }

        @Bean(defaultCandidate = false)
        QmpClient proxy(QmpClient own) {
            return ProxyFactory.getProxy(QmpClient.class, new SingletonTargetSource(own));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoOfOneName {

        @Bean
        QmpClient first() {
            return QmpClient.builder("unix:/nowhere/1.qmp").name("own").build();
        }

        @Bean
        QmpClient second() {
            return QmpClient.builder("unix:/nowhere/2.qmp").name("own").build();
        }
    }
}
