package dev.qmp.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;

/**
 * What a native image must keep for reflection: the values of the map {@code qmp.connection}, also when no connection is
 * known at build time.
 */
final class QmpRuntimeHints implements RuntimeHintsRegistrar {

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        BindableRuntimeHintsRegistrar.forTypes(QmpProperties.class, QmpConnectionProperties.class)
                .registerHints(hints, classLoader);
    }
}
