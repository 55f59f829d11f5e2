package dev.qmp.autoconfigure.observation;

import dev.qmp.QmpClient;
import dev.qmp.TaskObserver;
import dev.qmp.spring.observation.DefaultQmpTaskObservationConvention;
import dev.qmp.spring.observation.QmpObservationDocumentation;
import dev.qmp.spring.observation.QmpTaskObservationContext;
import dev.qmp.spring.observation.QmpTaskObservationConvention;
import dev.qmp.task.Task;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Observes every task, except those that start on a closed client. The observation begins on the starting thread, whose
 * current observation is its parent.
 */
final class ObservingTaskObserver implements TaskObserver {

    private final ObservationRegistry registry;
    private final @Nullable QmpTaskObservationConvention convention;
    private final QmpTaskObservationConvention defaultConvention = new DefaultQmpTaskObservationConvention();

    ObservingTaskObserver(ObservationRegistry registry, @Nullable QmpTaskObservationConvention convention) {
        this.registry = registry;
        this.convention = convention;
    }

    @Override
    public void taskStarted(QmpClient client, String kind, Task<?> task) {
        if (client.isClosed()) {
            return;
        }
        Observation observation = QmpObservationDocumentation.QMP_TASK
                .observation(
                        convention,
                        defaultConvention,
                        () -> new QmpTaskObservationContext(client, kind, task),
                        registry)
                .start();
        task.result().whenComplete((result, failure) -> {
            if (failure != null) {
                observation.error(failure);
            }
            observation.stop();
        });
    }
}
