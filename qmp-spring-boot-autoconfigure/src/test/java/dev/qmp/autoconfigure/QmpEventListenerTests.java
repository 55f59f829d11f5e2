package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.EventName;
import dev.qmp.qapi.event.BlockJobCompleted;
import dev.qmp.qapi.event.Stop;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventListener;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpListenerFailures;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.aopalliance.intercept.MethodInterceptor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

class QmpEventListenerTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final TestMonitor other = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues(
                    "qmp.connection.vm1.address=" + monitor.address(),
                    "qmp.connection.other.address=" + other.address(),
                    "the.event=RESUME");

    @AfterEach
    void close() {
        monitor.close();
        other.close();
    }

    @Test
    void methodsAreCalledForTheEventsAndConnectionsTheyName() {
        runner.withUserConfiguration(Listeners.class).run(context -> {
            context.getBean(QmpClients.class).asMap().values().forEach(QmpEventListenerTests::running);
            for (TestMonitor each : List.of(monitor, other)) {
                each.server().emit(QmpEvent.of("STOP"));
                each.server().emit(QmpEvent.of("RESUME"));
                each.server().emit(QmpEvent.of("LAST"));
            }
            List<String> heard = context.getBean(Listeners.class).heard;
            Awaitility.await().until(() -> heard.contains("all vm1 LAST") && heard.contains("all other LAST"));
            assertThat(heard.stream().filter(call -> call.startsWith("all")))
                    .containsSubsequence("all vm1 STOP", "all vm1 RESUME", "all vm1 LAST")
                    .containsSubsequence("all other STOP", "all other RESUME", "all other LAST")
                    .hasSize(6);
            assertThat(heard.stream().filter(call -> !call.startsWith("all")))
                    .containsExactlyInAnyOrder("pattern vm1", "nothing", "nothing", "condition other");
        });
    }

    @Test
    void aMethodWithAnotherParameterIsRefused() {
        runner.withUserConfiguration(BadListener.class).run(context -> assertThat(context)
                .getFailure()
                .hasStackTraceContaining("takes a QmpEventReceivedEvent, a QmpEvent, a type of an event"));
        runner.withUserConfiguration(OtherName.class).run(context -> assertThat(context)
                .getFailure()
                .hasStackTraceContaining("takes the event STOP cannot be called for the events [RESUME]"));
        runner.withUserConfiguration(OfAnyType.class).run(context -> assertThat(context)
                .getFailure()
                .hasStackTraceContaining("takes a QmpEventReceivedEvent, a QmpEvent, a type of an event"));
    }

    @Test
    void aMethodOfAGenericBaseClassTakesTheTypeOfItsBean() {
        runner.withUserConfiguration(OfStops.class).run(context -> {
            context.getBean(QmpClients.class).asMap().values().forEach(QmpEventListenerTests::running);
            monitor.server().emit(QmpEvent.of("RESUME"));
            monitor.server().emit(QmpEvent.of("STOP"));
            List<Object> heard = context.getBean(OfStops.class).heard;
            Awaitility.await().until(() -> !heard.isEmpty());
            assertThat(heard).singleElement().isInstanceOf(Stop.class);
            assertThat(context.getBean(QmpListenerFailures.class).count("vm1")).isZero();
        });
    }

    @Test
    void aMethodTakesAnEventAsAType() {
        runner.withUserConfiguration(TypedListeners.class).run(context -> {
            context.getBean(QmpClients.class).asMap().values().forEach(QmpEventListenerTests::running);
            Map<String, Object> data =
                    Map.of("type", "mirror", "device", "job0", "len", 5, "offset", 5, "speed", 0, "error", "full");
            monitor.server().emit(QmpEvent.of("STOP"));
            monitor.server().emit(QmpEvent.of("BLOCK_JOB_COMPLETED", Map.of("device", "no job")));
            monitor.server().emit(QmpEvent.of("BLOCK_JOB_COMPLETED", data));
            monitor.server().emit(QmpEvent.of("MY_EVENT", Map.of("text", "hello")));

            List<String> heard = context.getBean(TypedListeners.class).heard;
            Awaitility.await().until(() -> heard.contains("own hello"));
            assertThat(heard)
                    .containsExactlyInAnyOrder("completed job0 full", "conditional job0", "vm1 stopped", "own hello");
            assertThat(context.getBean(QmpListenerFailures.class).count("vm1")).isEqualTo(2);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aMethodBehindAProxyIsCalledThroughIt(boolean ofTheClass) {
        runner.withUserConfiguration(Proxied.class)
                .withPropertyValues("proxies.of-the-class=" + ofTheClass)
                .run(context -> {
                    Handler handler = context.getBean(Handler.class);
                    assertThat(ofTheClass ? AopUtils.isCglibProxy(handler) : AopUtils.isJdkDynamicProxy(handler))
                            .isTrue();
                    running(context.getBean(QmpClients.class).get("vm1"));
                    monitor.server().emit(QmpEvent.of("RESUME"));
                    monitor.server().emit(QmpEvent.of("STOP"));
                    List<String> calls = context.getBean(Proxied.class).calls;
                    Awaitility.await().until(() -> calls.size() == 2);
                    assertThat(calls).containsExactly("through the proxy", "STOP");
                });
    }

    private static void running(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
    }

    @Configuration(proxyBeanMethods = false)
    static class Listeners {

        final List<String> heard = new CopyOnWriteArrayList<>();

        @QmpEventListener
        void all(QmpEventReceivedEvent event) {
            heard.add("all " + event.getConnectionName() + " " + event.getName());
        }

        @QmpEventListener(
                name = {"STOP", "NEVER"},
                connection = "vm*")
        void pattern(QmpEventReceivedEvent event) {
            heard.add("pattern " + event.getConnectionName());
        }

        @QmpEventListener(name = "${the.event}")
        void nothing() {
            heard.add("nothing");
        }

        @QmpEventListener(name = "STOP", condition = "#root.event.connectionName == 'other'")
        void condition(QmpEvent event) {
            heard.add("condition other");
            assertThat(event.name()).isEqualTo("STOP");
        }
    }

    @EventName("MY_EVENT")
    record Own(String text) {}

    static class Base<T> {

        final List<Object> heard = new CopyOnWriteArrayList<>();

        @QmpEventListener
        void on(T event) {
            heard.add(event);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfStops extends Base<Stop> {}

    @Configuration(proxyBeanMethods = false)
    static class OfAnyType extends Base<String> {}

    @Configuration(proxyBeanMethods = false)
    static class TypedListeners {

        final List<String> heard = new CopyOnWriteArrayList<>();

        @QmpEventListener
        void completed(BlockJobCompleted completed) {
            heard.add("completed " + completed.device() + " " + completed.error());
        }

        @QmpEventListener(connection = "vm*", condition = "#root.args[0].error() == 'full'")
        void conditional(BlockJobCompleted completed) {
            heard.add("conditional " + completed.device());
        }

        @QmpEventListener(name = "STOP")
        void stopped(QmpEventReceivedEvent event) {
            assertThat(event.getEventAs(Stop.class).timestamp()).isNotNull();
            heard.add(event.getConnectionName() + " stopped");
        }

        @QmpEventListener
        void own(Own own) {
            heard.add("own " + own.text());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OtherName {

        @QmpEventListener(name = "RESUME")
        void wrong(Stop stop) {}
    }

    /** What a JDK proxy shows of its target; the annotation stands at the target. */
    interface Handler {

        void handle(QmpEventReceivedEvent event);
    }

    static class AnnotatedHandler implements Handler {

        private final List<String> calls;

        AnnotatedHandler(List<String> calls) {
            this.calls = calls;
        }

        @Override
        @QmpEventListener(name = "STOP")
        public void handle(QmpEventReceivedEvent event) {
            calls.add(event.getName());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Proxied {

        final List<String> calls = new CopyOnWriteArrayList<>();

        @Bean
        Handler handler() {
            return new AnnotatedHandler(calls);
        }

        @Bean
        MethodInterceptor interceptor() {
            return invocation -> {
                if (invocation.getMethod().getName().equals("handle")) {
                    calls.add("through the proxy");
                }
                return invocation.proceed();
            };
        }

        @Bean
        static BeanNameAutoProxyCreator proxies(Environment environment) {
            BeanNameAutoProxyCreator proxies = new BeanNameAutoProxyCreator();
            proxies.setBeanNames("handler");
            proxies.setInterceptorNames("interceptor");
            proxies.setProxyTargetClass(environment.getRequiredProperty("proxies.of-the-class", Boolean.class));
            return proxies;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class BadListener {

        @QmpEventListener
        void wrong(String text) {}
    }
}
