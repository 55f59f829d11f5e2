package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.aop.MethodBeforeAdvice;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The order at the end of an application: users of clients, then the clients, then their threads. */
class CloseOrderTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void whatStopsEarlierMayStillExecuteAndTheWebServerIsAmongIt() {
        runner.withUserConfiguration(UserLifecycle.class).run(context -> {
            QmpClient client = running(context.getBean(QmpClient.class));
            assertThat(context.getBean(QmpClientLifecycle.class).getPhase())
                    .isLessThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE);
            User user = context.getBean(User.class);
            context.close();
            assertThat(user.answers).containsExactly("running");
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
        });
    }

    @Test
    void beansThatUseAClientAreDestroyedBeforeTheClientsAndTheseBeforeTheirThreads() {
        Destroyed destroyed = new Destroyed();
        runner.withBean("destroyed", Destroyed.class, () -> destroyed)
                .withUserConfiguration(UserLifecycle.class)
                .run(context -> {
                    QmpClient client = running(context.getBean(QmpClient.class));
                    context.close();
                    assertThat(destroyed.names).containsSubsequence("user", "vm1", "qmpClientResources");
                    assertThat(destroyed.names).containsSubsequence("user", "qmpClients", "qmpClientResources");
                    assertThat(client.connect()).failsWithin(Duration.ofSeconds(10));
                });
    }

    @Test
    void aClientThatCannotBeStoppedKeepsNoOtherFromBeingStoppedNorTheCallback() {
        runner.withUserConfiguration(Unstoppable.class).run(context -> {
            QmpClient client = running(context.getBean("vm1", QmpClient.class));
            assertThat(context.getBean(QmpClients.class).names()).containsExactlyInAnyOrder("vm1", "unstoppable");
            AtomicBoolean called = new AtomicBoolean();
            context.getBean(QmpClientLifecycle.class).stop(() -> called.set(true));
            assertThat(called).isTrue();
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
        });
    }

    private static QmpClient running(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }

    /** Stops just before the clients do. */
    static class User implements SmartLifecycle, DisposableBean {

        private final List<String> answers = new ArrayList<>();
        private final QmpClient client;
        private boolean running;

        User(QmpClient client) {
            this.client = client;
        }

        @Override
        public int getPhase() {
            return 1;
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
            answers.add(client.blocking().execute("query-status").get("status").asString());
        }

        @Override
        public void destroy() {}
    }

    /** The names of beans in the order in which they are destroyed. */
    static class Destroyed implements DestructionAwareBeanPostProcessor {

        private final List<String> names = new ArrayList<>();

        @Override
        public void postProcessBeforeDestruction(Object bean, String beanName) {
            names.add(beanName);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class UserLifecycle {

        @Bean
        User user(QmpClient client) {
            return new User(client);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Unstoppable {

        @Bean(defaultCandidate = false, destroyMethod = "")
        QmpClient unstoppable() {
            ProxyFactory proxy = new ProxyFactory(QmpClient.builder("unix:/nowhere/unstoppable.qmp")
                    .name("unstoppable")
                    .build());
            proxy.addAdvice((MethodBeforeAdvice) (method, arguments, target) -> {
                if (method.getName().equals("disconnect")) {
                    throw new IllegalStateException("not now");
                }
            });
            return (QmpClient) proxy.getProxy();
        }
    }
}
