package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnectionProperties;
import dev.qmp.spring.QmpEventListener;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpListenerFailures;
import dev.qmp.spring.QmpRunstateChangedEvent;
import dev.qmp.testing.ThrowingLog;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.EventListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

/** Listeners that throw: each is called on its own, and its failures show. */
@ExtendWith(OutputCaptureExtension.class)
class ListenerFailureTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=" + monitor.address());

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void input27EachListenerIsCalledThoughTheOnesBeforeItThrow(CapturedOutput output) {
        runner.withUserConfiguration(FailingListeners.class, LastListener.class).run(context -> {
            running(context.getBean(QmpClient.class));
            monitor.server().emit(QmpEvent.of("FIRST"));
            monitor.server().emit(QmpEvent.of("SECOND"));
            LastListener last = context.getBean(LastListener.class);
            Awaitility.await().untilAsserted(() -> assertThat(last.events).containsExactly("FIRST", "SECOND"));
            assertThat(last.runstates).startsWith(Runstate.CONNECTING, Runstate.RUNNING);
            QmpListenerFailures failures = context.getBean(QmpListenerFailures.class);
            // three listeners to each of two events, one to each of two runstates
            Awaitility.await().until(() -> failures.count("vm1") == 3 * 2 + 2);
            assertThat(failures.count("vm2")).isZero();
            assertThat(output)
                    .contains("FailingListeners.annotated(dev.qmp.spring.QmpEventReceivedEvent) failed at the event"
                            + " FIRST of QMP connection 'vm1'")
                    .contains("FailingListeners.ofQmp(dev.qmp.message.QmpEvent) failed at the event SECOND of QMP"
                            + " connection 'vm1'")
                    .contains("FailingBean failed at the event FIRST of QMP connection 'vm1'")
                    .contains("FailingListeners.runstates(dev.qmp.spring.QmpRunstateChangedEvent) failed at the change"
                            + " from CONNECTING to RUNNING of QMP connection 'vm1'")
                    .contains("IllegalStateException: annotated", "AssertionError: of qmp", "a bean's own");
        });
    }

    @Test
    void input27AFailureThatRepeatsIsLoggedOnceAndThenSummedUp(CapturedOutput output) {
        runner.withUserConfiguration(FailingListeners.class, LastListener.class).run(context -> {
            running(context.getBean(QmpClient.class));
            IntStream.range(0, 1000).forEach(i -> monitor.server().emit(QmpEvent.of("AGAIN")));
            LastListener last = context.getBean(LastListener.class);
            Awaitility.await().until(() -> last.events.size() == 1000);
            context.getSourceApplicationContext().close();
            List<String> lines = output.getAll()
                    .lines()
                    .filter(line -> line.contains("annotated") && line.contains("AGAIN"))
                    .toList();
            assertThat(lines).hasSizeBetween(2, 4).last().asString().containsPattern("again, \\d+ more times");
            assertThat(lines.stream()
                            .skip(1)
                            .mapToLong(ListenerFailureTests::held)
                            .sum())
                    .isEqualTo(999);
        });
    }

    @Test
    void input27ALogThatThrowsKeepsNoEventFromTheOtherListeners() {
        runner.withUserConfiguration(FailingListeners.class, LastListener.class).run(context -> {
            running(context.getBean(QmpClient.class));
            LastListener last = context.getBean(LastListener.class);
            QmpListenerFailures failures = context.getBean(QmpListenerFailures.class);
            Awaitility.await().until(() -> failures.count("vm1") == 2);
            try (ThrowingLog log = ThrowingLog.install("dev.qmp.autoconfigure")) {
                monitor.server().emit(QmpEvent.of("FIRST"));
                monitor.server().emit(QmpEvent.of("SECOND"));
                Awaitility.await().untilAsserted(() -> assertThat(last.events).containsExactly("FIRST", "SECOND"));
                Awaitility.await().until(() -> failures.count("vm1") == 2 + 3 * 2);
                assertThat(log.lost()).isNotEmpty();
            }
        });
    }

    private static long held(String line) {
        return Long.parseLong(line.replaceAll(".*again, (\\d+) more times.*", "$1"));
    }

    @Test
    void input27AListenerInAnotherThreadKeepsNoOtherFromBeingCalled() {
        runner.withUserConfiguration(AsyncListeners.class, LastListener.class).run(context -> {
            running(context.getBean(QmpClient.class));
            monitor.server().emit(QmpEvent.of("FIRST"));
            LastListener last = context.getBean(LastListener.class);
            AsyncListeners async = context.getBean(AsyncListeners.class);
            Awaitility.await().untilAsserted(() -> {
                assertThat(last.events).containsExactly("FIRST");
                assertThat(async.called()).isTrue();
            });
        });
    }

    /** As it is without this starter: the publisher gets the failure, and the next listener nothing. */
    @Test
    void input27AnyOtherEventStopsAtTheFirstFailureAsAlways() {
        runner.withUserConfiguration(OtherEvents.class).run(context -> {
            running(context.getBean(QmpClient.class));
            OtherEvents others = context.getBean(OtherEvents.class);
            assertThatIllegalStateException()
                    .isThrownBy(() -> context.publishEvent(new OtherEvents.Other()))
                    .withMessage("first");
            assertThat(others.second).isEmpty();
            monitor.server().emit(QmpEvent.of("NEST"));
            Awaitility.await().until(() -> others.nested.contains("first"));
            assertThat(others.second).isEmpty();
        });
    }

    @Test
    void input27AMulticasterOfTheApplicationStaysAndItsFailuresShow(CapturedOutput output) {
        runner.withUserConfiguration(OwnMulticaster.class, FailingListeners.class)
                .run(context -> {
                    running(context.getBean(QmpClient.class));
                    assertThat(context.getBean(ApplicationEventMulticaster.class))
                            .isExactlyInstanceOf(SimpleApplicationEventMulticaster.class);
                    monitor.server().emit(QmpEvent.of("FIRST"));
                    QmpListenerFailures failures = context.getBean(QmpListenerFailures.class);
                    Awaitility.await().until(() -> failures.count("vm1") == 3);
                    Awaitility.await().untilAsserted(() -> assertThat(output)
                            .contains("The event may not have reached other listeners")
                            .contains("the event FIRST of QMP connection 'vm1'"));
                });
    }

    @Test
    void aLazyListenerBeanThatCannotBeCreatedStopsTheStart() {
        runner.withBean(
                        "lazyListener",
                        UncreatableListener.class,
                        UncreatableListener::new,
                        definition -> definition.setLazyInit(true))
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining("Error creating bean with name 'lazyListener'")
                        .hasRootCauseMessage("no database"));
    }

    @Test
    void aListenerBeanThatCannotBeCreatedForItsEventIsNamed(CapturedOutput output) {
        runner.withBean(
                        "newListener",
                        UncreatableListener.class,
                        UncreatableListener::new,
                        definition -> definition.setScope(BeanDefinition.SCOPE_PROTOTYPE))
                .run(context -> {
                    running(context.getBean(QmpClient.class));
                    monitor.server().emit(QmpEvent.of("FIRST"));
                    QmpListenerFailures failures = context.getBean(QmpListenerFailures.class);
                    Awaitility.await().until(() -> failures.count("vm1") == 1);
                    assertThat(output)
                            .contains("the event FIRST of QMP connection 'vm1'")
                            .contains("a listener bean cannot be created")
                            .contains("newListener");
                });
    }

    @Test
    void input27TheCountOfAConnectionEndsWithIt() {
        runner.withUserConfiguration(FailingListeners.class).run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            running(clients.get("vm1"));
            QmpListenerFailures failures = context.getBean(QmpListenerFailures.class);
            Awaitility.await().until(() -> failures.count("vm1") == 2);
            clients.remove("vm1").join();
            Awaitility.await().until(() -> failures.count("vm1") == 0);
        });
    }

    /** The listeners receive the last change after the removal has completed. */
    @Test
    void input27AFailureAtTheLastChangeIsForgottenToo() {
        runner.withUserConfiguration(LateFailure.class).run(context -> {
            DefaultQmpClients clients = context.getBean(DefaultQmpClients.class);
            LateFailure listener = context.getBean(LateFailure.class);
            running(clients.get("vm1"));
            clients.remove("vm1").join();
            CompletableFuture<Void> delivered = clients.delivered();
            assertThat(delivered).isNotDone();
            listener.goOn.countDown();
            delivered.join();
            QmpListenerFailures failures = context.getBean(QmpListenerFailures.class);
            Awaitility.await().until(() -> failures.count("vm1") == 0);
            assertThat(listener.failed).isTrue();
        });
    }

    /** The listeners have not received the last change of the old connection when the new one is added. */
    @Test
    void input27AConnectionDoesNotInheritTheFailuresOfARemovedOne() {
        runner.withUserConfiguration(FailingListeners.class, LateFailure.class).run(context -> {
            DefaultQmpClients clients = context.getBean(DefaultQmpClients.class);
            LateFailure listener = context.getBean(LateFailure.class);
            QmpListenerFailures failures = context.getBean(QmpListenerFailures.class);
            running(clients.get("vm1"));
            Awaitility.await().until(() -> failures.count("vm1") == 2);
            clients.remove("vm1").join();
            CompletableFuture<Void> delivered = clients.delivered();
            QmpConnectionProperties properties = QmpConnectionProperties.ofAddress(monitor.address());
            properties.setAutoStartup(false);
            clients.add("vm1", properties);
            assertThat(failures.count("vm1")).isZero();
            assertThat(delivered).isNotDone();
            listener.goOn.countDown();
            delivered.join();
            assertThat(failures.count("vm1"))
                    .as("late failures, because names are counted")
                    .isPositive();
        });
    }

    private static void running(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
    }

    @Configuration(proxyBeanMethods = false)
    static class FailingListeners {

        @EventListener
        @Order(1)
        void annotated(QmpEventReceivedEvent event) {
            throw new IllegalStateException("annotated");
        }

        @QmpEventListener(connection = "vm*")
        @Order(2)
        void ofQmp(QmpEvent event) {
            throw new AssertionError("of qmp");
        }

        @EventListener
        void runstates(QmpRunstateChangedEvent event) {
            if (event.getCurrent() == Runstate.CONNECTING || event.getCurrent() == Runstate.RUNNING) {
                throw new IllegalStateException("runstates");
            }
        }

        @Bean
        FailingBean failingBean() {
            return new FailingBean();
        }
    }

    static class FailingBean implements ApplicationListener<QmpEventReceivedEvent>, Ordered {

        @Override
        public void onApplicationEvent(QmpEventReceivedEvent event) {
            throw new IllegalArgumentException("a bean's own");
        }

        @Override
        public int getOrder() {
            return 3;
        }
    }

    static class UncreatableListener implements ApplicationListener<QmpEventReceivedEvent> {

        UncreatableListener() {
            throw new IllegalStateException("no database");
        }

        @Override
        public void onApplicationEvent(QmpEventReceivedEvent event) {}
    }

    static class LateFailure {

        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile boolean failed;

        @EventListener
        void runstates(QmpRunstateChangedEvent event) throws InterruptedException {
            if (event.getCurrent() == Runstate.IDLE) {
                goOn.await();
                failed = true;
                throw new IllegalStateException("late");
            }
        }
    }

    static class LastListener {

        private final List<String> events = new CopyOnWriteArrayList<>();
        private final List<Runstate> runstates = new CopyOnWriteArrayList<>();

        @EventListener
        @Order(Ordered.LOWEST_PRECEDENCE)
        void last(QmpEventReceivedEvent event) {
            events.add(event.getName());
        }

        @EventListener
        @Order(Ordered.LOWEST_PRECEDENCE)
        void last(QmpRunstateChangedEvent event) {
            runstates.add(event.getCurrent());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class AsyncListeners {

        private final List<String> called = new CopyOnWriteArrayList<>();

        @Async
        @EventListener
        @Order(1)
        public void failing(QmpEventReceivedEvent event) {
            called.add(event.getName());
            throw new IllegalStateException("in another thread");
        }

        public boolean called() {
            return !called.isEmpty();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OtherEvents {

        private final ApplicationEventPublisher publisher;
        private final List<Other> second = new CopyOnWriteArrayList<>();
        private final List<String> nested = new CopyOnWriteArrayList<>();

        OtherEvents(ApplicationEventPublisher publisher) {
            this.publisher = publisher;
        }

        record Other() {}

        @EventListener
        @Order(1)
        void first(Other event) {
            throw new IllegalStateException("first");
        }

        @EventListener
        @Order(2)
        void second(Other event) {
            second.add(event);
        }

        @QmpEventListener(name = "NEST")
        void nested() {
            try {
                publisher.publishEvent(new Other());
            } catch (IllegalStateException e) {
                nested.add(e.getMessage());
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnMulticaster {

        @Bean
        static SimpleApplicationEventMulticaster applicationEventMulticaster() {
            return new SimpleApplicationEventMulticaster();
        }
    }
}
