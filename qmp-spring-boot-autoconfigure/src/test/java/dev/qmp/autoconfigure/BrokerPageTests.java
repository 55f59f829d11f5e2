package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpEvent;
import dev.qmp.testing.JavaExamples;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.messaging.Message;
import org.springframework.messaging.core.AbstractMessageSendingTemplate;

/** The listener of the page on events to a broker, as it stands there, with a broker in this process. */
class BrokerPageTests {

    private static final Path PAGE = Path.of("docs", "guide", "events-to-a-broker.md");

    /** A broker that keeps what it receives. */
    static final class Broker extends AbstractMessageSendingTemplate<String> {

        private final List<Message<?>> messages = new CopyOnWriteArrayList<>();

        @Override
        protected void doSend(String destination, Message<?> message) {
            assertThat(destination).isEqualTo("machine-events");
            if ("RESUME".equals(message.getHeaders().get("event"))) {
                throw new IllegalStateException("the broker is down");
            }
            messages.add(message);
        }
    }

    @Test
    void theListenerOfThePageSendsEachEventInOrderAndOutlivesAFailure(@TempDir Path classes) throws Exception {
        Broker broker = new Broker();
        try (TestMonitor monitor = TestMonitor.started();
                URLClassLoader loader = new URLClassLoader(
                        new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                    .withPropertyValues("qmp.connection.vm1.address=" + monitor.address())
                    .withBean(Broker.class, () -> broker)
                    .withBean(listener(classes, loader))
                    .run(context -> {
                        await().until(() -> monitor.server().hasClient());
                        monitor.server().emit(QmpEvent.of("STOP", Map.of("reason", "test")));
                        monitor.server().emit(QmpEvent.of("RESUME"));
                        monitor.server().emit(QmpEvent.of("SHUTDOWN"));
                        await().until(() -> broker.messages.size() == 2);
                    });
        }
        Message<?> first = broker.messages.get(0);
        assertThat(first.getPayload()).isEqualTo("{\"reason\":\"test\"}");
        assertThat(first.getHeaders()).containsEntry("machine", "vm1").containsEntry("event", "STOP");
        assertThat(broker.messages.get(1).getHeaders()).containsEntry("event", "SHUTDOWN");
    }

    private static Class<?> listener(Path classes, ClassLoader loader) throws IOException, ClassNotFoundException {
        String example = JavaExamples.in(PAGE).get(0);
        assertThat(JavaExamples.compile("", example, classes)).isEmpty();
        return loader.loadClass("EventsToBroker");
    }
}
