package dev.qmp.spring.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/** Names a task's observation and its tags. A bean of this type replaces the default. */
public interface QmpTaskObservationConvention extends ObservationConvention<QmpTaskObservationContext> {

    @Override
    default boolean supportsContext(Observation.Context context) {
        return context instanceof QmpTaskObservationContext;
    }
}
