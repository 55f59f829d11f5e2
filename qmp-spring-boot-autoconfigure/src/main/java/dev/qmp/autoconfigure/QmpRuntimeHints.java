package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpConnectionProperties;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;

/**
 * Reflection hints for a native image: the values of the map {@code qmp.connection}, also if no connection is known
 * at build time, and the types from which the known keys are read.
 */
final class QmpRuntimeHints implements RuntimeHintsRegistrar {

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        BindableRuntimeHintsRegistrar.forTypes(
                        QmpProperties.class, QmpConnectionProperties.class, KnownKey.healthType(), KnownKey.fleetType())
                .registerHints(hints, classLoader);
    }
}
