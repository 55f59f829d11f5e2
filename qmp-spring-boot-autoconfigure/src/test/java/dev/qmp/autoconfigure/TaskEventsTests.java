package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.observation.QmpObservationAutoConfiguration;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpTaskEndedEvent;
import dev.qmp.spring.QmpTaskEvent;
import dev.qmp.spring.QmpTaskProgressEvent;
import dev.qmp.task.Progress;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskSource;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

/** Tasks of the application's clients are application events, and observations. */
class TaskEventsTests {

    private final TestObservationRegistry observations = TestObservationRegistry.create();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class, QmpObservationAutoConfiguration.class))
            .withBean(TestObservationRegistry.class, () -> observations)
            .withBean(Listener.class)
            .withPropertyValues("qmp.connection.vm1.address=unix:/none", "qmp.connection.vm1.auto-startup=false");

    @Test
    void progressAndEndArePublishedInOrder() {
        runner.run(context -> {
            TaskSource<String> source = task(context.getBean(QmpClient.class));
            Listener listener = context.getBean(Listener.class);
            source.progress(Progress.ofBytes(5, 10));
            Awaitility.await().until(() -> listener.events.size() == 1);
            source.complete("done");
            Awaitility.await().until(() -> listener.events.size() == 2);
            QmpTaskProgressEvent progress = (QmpTaskProgressEvent) listener.events.get(0);
            assertThat(progress.getConnectionName()).isEqualTo("vm1");
            assertThat(progress.getKind()).isEqualTo("backup");
            assertThat(progress.getTask().name()).isEqualTo("backup of disk0");
            assertThat(progress.getProgress()).isEqualTo(Progress.ofBytes(5, 10));
            assertThat(listener.events.get(1))
                    .isInstanceOfSatisfying(QmpTaskEndedEvent.class, end -> assertThat(end.getFailure())
                            .isNull());
        });
    }

    @Test
    void aFailureIsPublishedAndObserved() {
        runner.run(context -> {
            TaskSource<String> source = task(context.getBean(QmpClient.class));
            Listener listener = context.getBean(Listener.class);
            TaskFailedException failure = new TaskFailedException("backup of disk0", "No space left on device", null);
            source.fail(failure);
            Awaitility.await().until(() -> listener.events.size() == 1);
            assertThat(((QmpTaskEndedEvent) listener.events.get(0)).getFailure())
                    .isSameAs(failure);
            Awaitility.await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(observations)
                    .hasObservationWithNameEqualTo("qmp.tasks")
                    .that()
                    .hasContextualNameEqualTo("qmp backup")
                    .hasLowCardinalityKeyValue("connection", "vm1")
                    .hasLowCardinalityKeyValue("task", "backup")
                    .hasLowCardinalityKeyValue("outcome", "FAILED")
                    .hasError(failure)
                    .hasBeenStopped());
        });
    }

    @Test
    void listenersHaveTheClassLoaderOfTheApplicationOnAThreadOfTheLibrary() throws Exception {
        ClassLoader library = getClass().getClassLoader();
        try (URLClassLoader application = new URLClassLoader(new URL[0], library)) {
            List<ClassLoader> afterwards = new CopyOnWriteArrayList<>();
            runner.withClassLoader(application)
                    .withBean(
                            QmpClientBuilderCustomizer.class,
                            () -> (name, builder) ->
                                    builder.callbackExecutor(callback -> runOnThreadOf(library, callback, afterwards)))
                    .run(context -> {
                        TaskSource<String> source = task(context.getBean(QmpClient.class));
                        Listener listener = context.getBean(Listener.class);
                        source.progress(Progress.ofBytes(5, 10));
                        Awaitility.await().until(() -> listener.events.size() == 1);
                        source.complete("done");
                        Awaitility.await().until(() -> listener.events.size() == 2);
                        assertThat(listener.loaders).containsOnly(application);
                    });
            Awaitility.await().untilAsserted(() -> assertThat(afterwards)
                    .hasSizeGreaterThanOrEqualTo(2)
                    .containsOnly(library));
        }
    }

    private static void runOnThreadOf(ClassLoader library, Runnable callback, List<ClassLoader> afterwards) {
        Thread thread = new Thread(() -> {
            callback.run();
            afterwards.add(Thread.currentThread().getContextClassLoader());
        });
        thread.setContextClassLoader(library);
        thread.start();
    }

    private static TaskSource<String> task(QmpClient client) {
        return client.newTask("backup", "backup of disk0", () -> CompletableFuture.completedFuture(null));
    }

    /** Collects the events, and the class loaders of the threads. */
    static class Listener {

        private final List<ClassLoader> loaders = new CopyOnWriteArrayList<>();
        private final List<QmpTaskEvent> events = new CopyOnWriteArrayList<>();

        @EventListener
        void on(QmpTaskEvent event) {
            loaders.add(Thread.currentThread().getContextClassLoader());
            events.add(event);
        }
    }
}
