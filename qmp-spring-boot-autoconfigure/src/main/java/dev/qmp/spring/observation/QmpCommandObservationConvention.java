package dev.qmp.spring.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/** How a command is named and tagged. A bean of this type takes the place of the default. */
public interface QmpCommandObservationConvention extends ObservationConvention<QmpCommandObservationContext> {

    @Override
    default boolean supportsContext(Observation.Context context) {
        return context instanceof QmpCommandObservationContext;
    }
}
