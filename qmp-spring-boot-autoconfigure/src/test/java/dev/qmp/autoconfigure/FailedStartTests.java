package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpRunstateChangedEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;

/** A start that fails for a reason of the application publishes no change, and the log has that reason only. */
@ExtendWith(OutputCaptureExtension.class)
class FailedStartTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.connection.vm1.address=unix:/nowhere/vm1.qmp");

    @Test
    void aBeanThatFailsAfterTheClientWasCreatedEndsTheClientInSilence(CapturedOutput output) {
        Recorded recorded = new Recorded();
        runner.withBean("recorded", Recorded.class, () -> recorded)
                .withBean("early", Recorder.class)
                .withBean("failing", Failing.class)
                .withBean("late", Recorder.class)
                .run(context -> assertThat(context).hasFailed());
        assertThat(recorded.changes).isEmpty();
        assertThat(output).doesNotContain("failed at", "has lost");
    }

    @Test
    void aLifecycleThatFailsAfterTheClientsHaveStartedAddsNoChangeToThoseOfTheStop(CapturedOutput output) {
        Recorded recorded = new Recorded();
        runner.withPropertyValues("qmp.connection.vm1.auto-startup=false")
                .withBean("recorded", Recorded.class, () -> recorded)
                .withBean("early", Recorder.class)
                .withBean(FailingLifecycle.class)
                .run(context -> assertThat(context).hasFailed());
        assertThat(recorded.changes).containsExactly(Runstate.DISCONNECTING, Runstate.IDLE);
        assertThat(output).doesNotContain("failed at", "has lost");
    }

    @Test
    void aClientThatIsDestroyedWhileTheApplicationRunsPublishesItsEnd() {
        Recorded recorded = new Recorded();
        runner.withPropertyValues("qmp.connection.vm1.auto-startup=false")
                .withBean("recorded", Recorded.class, () -> recorded)
                .withBean("early", Recorder.class)
                .run(context -> {
                    ((DefaultListableBeanFactory) context.getAutowireCapableBeanFactory()).destroySingleton("vm1");
                    await().untilAsserted(() ->
                            assertThat(recorded.changes).containsExactly(Runstate.DISCONNECTING, Runstate.IDLE));
                });
    }

    static class Recorded {

        private final List<Runstate> changes = new CopyOnWriteArrayList<>();
    }

    /** Is destroyed after the client and before the registry, when all changes of the client have been delivered. */
    static class Recorder implements ApplicationListener<QmpRunstateChangedEvent>, DisposableBean {

        private final DefaultQmpClients clients;
        private final Recorded recorded;

        Recorder(DefaultQmpClients clients, Recorded recorded) {
            this.clients = clients;
            this.recorded = recorded;
        }

        @Override
        public void onApplicationEvent(QmpRunstateChangedEvent event) {
            recorded.changes.add(event.getCurrent());
        }

        @Override
        public void destroy() {
            assertThat(clients.delivered()).succeedsWithin(Duration.ofSeconds(10));
        }
    }

    static class Failing {

        Failing(QmpClient client) {
            throw new IllegalStateException("my bean is broken");
        }
    }

    static class FailingLifecycle implements SmartLifecycle {

        @Override
        public void start() {
            throw new IllegalStateException("my port is taken");
        }

        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
            return false;
        }
    }
}
