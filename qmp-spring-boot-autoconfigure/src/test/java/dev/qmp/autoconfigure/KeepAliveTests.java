package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpEvent;
import dev.qmp.spring.QmpConnectionEvent;
import dev.qmp.spring.QmpEventListener;
import dev.qmp.spring.QmpRunstateChangedEvent;
import dev.qmp.spring.QmpSessionEndedEvent;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.core.ResolvableType;

/** Which applications stay alive by their clients. */
class KeepAliveTests {

    /** Of contexts that other tests have left open. */
    private final Set<Thread> before = keepAliveThreads();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=unix:/nowhere/vm1.qmp");

    @Test
    void input29AnApplicationThatListensToQmpEventsStaysAliveUntilItsContextIsClosed() {
        runner.withBean(Listener.class).run(context -> {
            assertThat(keptAlive()).isTrue();
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            application.pause();
            Awaitility.await().until(() -> !keptAlive());
            application.restart();
            assertThat(keptAlive()).isTrue();
            application.close();
            Awaitility.await().until(() -> !keptAlive());
        });
    }

    @Test
    void input29AListenerBeanIsEnough() {
        runner.withBean(RunstateListener.class)
                .run(context -> assertThat(keptAlive()).isTrue());
    }

    @Test
    void aLazyListenerBeanIsEnough() {
        runner.withBean(RunstateListener.class, RunstateListener::new, definition -> definition.setLazyInit(true))
                .run(context -> assertThat(keptAlive()).isTrue());
        runner.withBean(
                        ListenerToEverything.class,
                        ListenerToEverything::new,
                        definition -> definition.setLazyInit(true))
                .run(context -> Awaitility.await().until(() -> !keptAlive()));
    }

    /** The class of a lambda does not know its event type. */
    @ParameterizedTest
    @ValueSource(classes = {LambdaListener.class, LazyLambdaListener.class})
    void aListenerBeanThatIsALambdaIsEnough(Class<?> configuration) {
        runner.withUserConfiguration(configuration)
                .run(context -> assertThat(keptAlive()).isTrue());
    }

    @Test
    void aLambdaForOtherEventsIsNotEnough() {
        runner.withUserConfiguration(OtherLambdaListeners.class)
                .run(context -> assertThat(keptAlive()).isFalse());
    }

    /** For each kind of event. */
    @ParameterizedTest
    @MethodSource("eventTypes")
    void input29AListenerToAnyQmpEventIsEnough(Class<? extends ApplicationEvent> type) {
        runner.withInitializer(context -> context.addApplicationListener(new GenericApplicationListener() {

                    @Override
                    public boolean supportsEventType(ResolvableType eventType) {
                        return eventType.isAssignableFrom(type) && type.isAssignableFrom(eventType.toClass());
                    }

                    @Override
                    public void onApplicationEvent(ApplicationEvent event) {}
                }))
                .run(context -> assertThat(keptAlive()).isTrue());
    }

    static Stream<Class<?>> eventTypes() {
        return published(QmpConnectionEvent.class);
    }

    private static Stream<Class<?>> published(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(KeepAliveTests::published)
                : Stream.of(type);
    }

    @Test
    void input29ABatchThatOnlyExecutesCommandsEndsWithItsWork() {
        runner.withBean(ListenerToEverything.class)
                .run(context -> assertThat(keptAlive()).isFalse());
    }

    @Test
    void input29ABatchWithListenersSaysThatItDoesNotWantToStayAlive() {
        runner.withBean(Listener.class)
                .withPropertyValues("qmp.keep-alive=false")
                .run(context -> assertThat(keptAlive()).isFalse());
    }

    @Test
    void input29AnApplicationWithoutListenersSaysThatItWantsToStayAlive() {
        runner.withPropertyValues("qmp.keep-alive=true")
                .run(context -> assertThat(keptAlive()).isTrue());
    }

    @Test
    void input29AStartThatFailsLeavesNoThread() {
        runner.withBean(Listener.class)
                .withPropertyValues("qmp.connection.vm1.fail-fast=true")
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(keptAlive()).isFalse();
                });
    }

    private boolean keptAlive() {
        return !before.containsAll(keepAliveThreads());
    }

    private static Set<Thread> keepAliveThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("qmp-keep-alive") && !thread.isDaemon())
                .collect(Collectors.toSet());
    }

    static class Listener {

        @QmpEventListener(name = "STOP")
        void stopped(QmpEvent event) {}
    }

    static class RunstateListener implements ApplicationListener<QmpRunstateChangedEvent> {

        @Override
        public void onApplicationEvent(QmpRunstateChangedEvent event) {}
    }

    @Configuration(proxyBeanMethods = false)
    static class LambdaListener {

        @Bean
        ApplicationListener<QmpSessionEndedEvent> ended() {
            return event -> {};
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyLambdaListener {

        @Bean
        @Lazy
        ApplicationListener<QmpSessionEndedEvent> ended() {
            return event -> {};
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OtherLambdaListeners {

        @Bean
        ApplicationListener<ContextClosedEvent> closed() {
            return event -> {};
        }

        @Bean
        ApplicationListener<ApplicationEvent> everything() {
            return event -> {};
        }

        @Bean
        ApplicationListener<?> unknown() {
            return event -> {};
        }
    }

    static class ListenerToEverything implements ApplicationListener<ApplicationEvent> {

        @Override
        public void onApplicationEvent(ApplicationEvent event) {}
    }
}
