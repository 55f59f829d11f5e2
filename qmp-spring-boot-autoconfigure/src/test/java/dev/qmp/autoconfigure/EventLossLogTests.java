package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpEventsLostEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.event.EventListener;

@ExtendWith(OutputCaptureExtension.class)
class EventLossLogTests {

    private static final int EVENTS = 200_000;
    private static final Pattern LOSS = Pattern.compile("QMP connection 'vm1' has lost (\\d+) events");

    private final TestMonitor monitor = TestMonitor.started();

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void input21AStormOfEventsIsAFewLinesWithTheSum(CapturedOutput output) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                .withPropertyValues(
                        "qmp.connection.vm1.address=" + monitor.address(), "qmp.connection.vm1.event-capacity=4")
                .withBean(Listener.class)
                .run(context -> {
                    QmpClient client = context.getBean(QmpClient.class);
                    Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
                    long begin = System.nanoTime();
                    for (int i = 0; i < EVENTS; i++) {
                        monitor.server().emit(QmpEvent.of("STORM"));
                    }
                    monitor.server().emit(QmpEvent.of("LAST"));
                    Listener listener = context.getBean(Listener.class);
                    Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> listener.last.getCount() == 0);
                    long lost = client.status().eventsLost();
                    long seconds = Duration.ofNanos(System.nanoTime() - begin).toSeconds();
                    assertThat(listener.gaps.get()).as("losses in between").isGreaterThan(100);
                    assertThat(listener.lost.get()).isEqualTo(lost);
                    context.getSourceApplicationContext().close();
                    List<Long> sums = LOSS.matcher(output.getAll())
                            .results()
                            .map(line -> Long.valueOf(line.group(1)))
                            .toList();
                    assertThat(sums).hasSizeLessThanOrEqualTo((int) (3 + seconds / 5));
                    assertThat(sums.stream().mapToLong(Long::longValue).sum()).isEqualTo(lost);
                });
    }

    static class Listener {

        private final AtomicLong gaps = new AtomicLong();
        private final AtomicLong lost = new AtomicLong();
        private final CountDownLatch last = new CountDownLatch(1);

        @EventListener
        void on(QmpEventsLostEvent event) {
            gaps.incrementAndGet();
            lost.addAndGet(event.getLost());
        }

        @EventListener
        void on(QmpEventReceivedEvent event) {
            if (event.getName().equals("LAST")) {
                last.countDown();
            }
        }
    }
}
