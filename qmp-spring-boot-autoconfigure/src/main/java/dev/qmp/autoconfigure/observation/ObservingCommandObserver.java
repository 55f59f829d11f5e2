package dev.qmp.autoconfigure.observation;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.spring.observation.DefaultQmpCommandObservationConvention;
import dev.qmp.spring.observation.QmpCommandObservationContext;
import dev.qmp.spring.observation.QmpCommandObservationConvention;
import dev.qmp.spring.observation.QmpObservationDocumentation;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Observes every command, except those of a closed client, whose timers would outlive the meters of the connection. The
 * observation begins on the issuing thread, whose current observation is its parent.
 */
final class ObservingCommandObserver implements CommandObserver {

    private final ObservationRegistry registry;
    private final @Nullable QmpCommandObservationConvention convention;
    private final QmpCommandObservationConvention defaultConvention = new DefaultQmpCommandObservationConvention();

    ObservingCommandObserver(ObservationRegistry registry, @Nullable QmpCommandObservationConvention convention) {
        this.registry = registry;
        this.convention = convention;
    }

    @Override
    public Observed commandIssued(QmpClient client, QmpCommand command) {
        if (client.isClosed()) {
            return CommandObserver.NONE.commandIssued(client, command);
        }
        QmpCommandObservationContext context = new QmpCommandObservationContext(client, command);
        Observation observation = QmpObservationDocumentation.QMP_COMMAND
                .observation(convention, defaultConvention, () -> context, registry)
                .start();
        return failure -> {
            context.setCompleted(true);
            if (failure != null) {
                observation.error(failure);
            }
            observation.stop();
        };
    }
}
