package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpSessionEndedEvent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.EventListener;

/** Events that were received before a stop reach their listeners, or the log has their number. */
@ExtendWith(OutputCaptureExtension.class)
class EventsAtTheStopTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=" + monitor.address())
            .withBean(SlowListener.class);

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void aCloseWaitsUntilASlowListenerHasReceivedAllEvents(CapturedOutput output) {
        runner.run(context -> {
            QmpClient client = running(context);
            SlowListener listener = context.getBean(SlowListener.class);
            emitBehindASlowListener(client, listener);
            Thread closing = new Thread(context::close, "closing");
            closing.start();
            awaitIdle(client);
            Awaitility.await().until(() -> !closing.isAlive() || waitsForListeners(closing));
            listener.goOn.countDown();
            closing.join();
            assertThat(listener.received).containsExactly("E1", "E2", "E3", "end");
            assertThat(output).doesNotContain("has lost", "still busy", "SlowListener");
        });
    }

    @Test
    void aCloseWaitsForTheListenersOfARemovedConnection(CapturedOutput output) {
        runner.run(context -> {
            QmpClient client = running(context);
            SlowListener listener = context.getBean(SlowListener.class);
            emitBehindASlowListener(client, listener);
            assertThat(context.getBean(QmpClients.class).remove("vm1")).succeedsWithin(Duration.ofSeconds(10));
            Thread closing = new Thread(context::close, "closing");
            closing.start();
            Awaitility.await().until(() -> !closing.isAlive() || waitsForListeners(closing));
            listener.goOn.countDown();
            closing.join();
            assertThat(listener.received).containsExactly("E1", "E2", "E3", "end");
            assertThat(output).doesNotContain("has lost", "still busy");
        });
    }

    @Test
    void aListenerThatNeverReturnsDelaysTheCloseByTheTimeoutAndTheRestIsLogged(CapturedOutput output) {
        theTimeoutBoundsTheClose(runner.withPropertyValues("qmp.connection.vm1.disconnect-timeout=100ms"), output);
    }

    @Test
    void theTimeoutOfACustomizerBoundsTheClose(CapturedOutput output) {
        QmpClientBuilderCustomizer customizer = (name, builder) -> builder.disconnectTimeout(Duration.ofMillis(100));
        theTimeoutBoundsTheClose(runner.withBean(QmpClientBuilderCustomizer.class, () -> customizer), output);
    }

    @Test
    void theTimeoutOfTheApplicationsOwnClientBoundsTheClose(CapturedOutput output) {
        theTimeoutBoundsTheClose(
                runner.withBean(QmpClient.class, () -> QmpClient.builder(monitor.address())
                        .name("vm1")
                        .disconnectTimeout(Duration.ofMillis(100))
                        .build()),
                output);
    }

    private void theTimeoutBoundsTheClose(ApplicationContextRunner application, CapturedOutput output) {
        application.run(context -> {
            QmpClient client = running(context);
            SlowListener listener = context.getBean(SlowListener.class);
            emitBehindASlowListener(client, listener);
            context.close();
            assertThat(output)
                    .containsOnlyOnce("Listeners to QMP events were still busy after 1200 ms")
                    .containsOnlyOnce("QMP connection 'vm1' has lost 2 events and the change to IDLE,"
                            + " because the application ended before its listeners took them");
            listener.goOn.countDown();
            Awaitility.await().until(() -> listener.returned.getCount() == 0);
            assertThat(listener.received).containsExactly("E1");
        });
    }

    @Test
    void theCapacityOfACustomizerBoundsTheEventsThatWait() {
        QmpClientBuilderCustomizer customizer = (name, builder) -> builder.eventCapacity(1);
        runner.withBean(QmpClientBuilderCustomizer.class, () -> customizer).run(context -> {
            QmpClient client = running(context);
            SlowListener listener = context.getBean(SlowListener.class);
            monitor.server().emit(QmpEvent.of("E1"));
            Awaitility.await().until(() -> listener.received.contains("E1"));
            monitor.server().emit(QmpEvent.of("E2"));
            monitor.server().emit(QmpEvent.of("E3"));
            Awaitility.await().until(() -> client.status().eventsReceived() == 3);
            listener.goOn.countDown();
            Awaitility.await().until(() -> listener.received.contains("E3"));
            assertThat(listener.received).containsExactly("E1", "E3");
        });
    }

    @Test
    void aListenerMayCloseItsOwnContextWithoutWaitingForItself(CapturedOutput output) {
        runner.withPropertyValues("qmp.connection.vm1.disconnect-timeout=60s").run(context -> {
            QmpClient client = running(context);
            SlowListener listener = context.getBean(SlowListener.class);
            listener.closes.set(context);
            emitBehindASlowListener(client, listener);
            listener.goOn.countDown();
            Awaitility.await().until(() -> listener.returned.getCount() == 0);
            assertThat(listener.received).containsExactly("E1");
            assertThat(output)
                    .containsOnlyOnce("QMP connection 'vm1' has lost 2 events and the change to IDLE")
                    .doesNotContain("still busy");
        });
    }

    @Test
    void aPauseLosesNothingThoughItsListenerIsSlowerThanTheTimeout(CapturedOutput output) {
        runner.withPropertyValues("qmp.connection.vm1.disconnect-timeout=100ms").run(context -> {
            QmpClient client = running(context);
            SlowListener listener = context.getBean(SlowListener.class);
            emitBehindASlowListener(client, listener);
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            application.pause();
            assertThat(output).containsOnlyOnce("Listeners to QMP events were still busy after 1200 ms");
            application.restart();
            running(context);
            monitor.server().emit(QmpEvent.of("E4"));
            listener.goOn.countDown();
            Awaitility.await().until(() -> listener.received.contains("E4"));
            application.close();
            assertThat(listener.received).containsExactly("E1", "E2", "E3", "end", "E4", "end");
            assertThat(output).doesNotContain("has lost");
        });
    }

    /** Spring stops only beans that run, so the close does not stop the clients again. */
    @Test
    void aCloseAfterAPauseDropsTheRestBeforeItDestroysTheListener(CapturedOutput output) {
        runner.withPropertyValues("qmp.connection.vm1.disconnect-timeout=100ms")
                .withBean(EndOfListener.class)
                .run(context -> {
                    QmpClient client = running(context);
                    SlowListener listener = context.getBean(SlowListener.class);
                    emitBehindASlowListener(client, listener);
                    ConfigurableApplicationContext application = context.getSourceApplicationContext();
                    application.pause();
                    assertThat(output).doesNotContain("has lost");
                    application.close();
                    assertThat(listener.returned.getCount()).isZero();
                    assertThat(listener.received).containsExactly("E1");
                    assertThat(output)
                            .containsOnlyOnce("QMP connection 'vm1' has lost 2 events and the change to IDLE,"
                                    + " because the application ended before its listeners took them");
                });
    }

    /** The first event is with the listener, and two wait behind it. */
    private void emitBehindASlowListener(QmpClient client, SlowListener listener) {
        for (String name : List.of("E1", "E2", "E3")) {
            monitor.server().emit(QmpEvent.of(name));
        }
        Awaitility.await().until(() -> client.status().eventsReceived() == 3 && listener.received.size() == 1);
    }

    private static boolean waitsForListeners(Thread closing) {
        return closing.getState() == Thread.State.TIMED_WAITING
                && Arrays.stream(closing.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(QmpClientLifecycle.class.getName()));
    }

    private static void awaitIdle(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.IDLE);
    }

    private static QmpClient running(AssertableApplicationContext context) {
        QmpClient client = context.getBean(QmpClient.class);
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
        return client;
    }

    /** Returns from E1 late. */
    static class SlowListener {

        private final List<String> received = new CopyOnWriteArrayList<>();
        private final CountDownLatch goOn = new CountDownLatch(1);
        private final CountDownLatch returned = new CountDownLatch(1);
        private final AtomicReference<AutoCloseable> closes = new AtomicReference<>(() -> {});

        @EventListener
        void on(QmpEventReceivedEvent event) throws Exception {
            received.add(event.getName());
            if (event.getName().equals("E1")) {
                goOn.await();
                closes.get().close();
                returned.countDown();
            }
        }

        @EventListener
        void on(QmpSessionEndedEvent event) {
            received.add("end");
        }
    }

    /** Is destroyed before the registry. Then the listener goes on, and could receive the events behind it. */
    record EndOfListener(SlowListener listener, DefaultQmpClients clients) implements DisposableBean {

        @Override
        public void destroy() throws Exception {
            CompletableFuture<Void> delivered = clients.delivered();
            listener.goOn.countDown();
            delivered.get(10, TimeUnit.SECONDS);
        }
    }
}
