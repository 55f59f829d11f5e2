package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.protocol.EventLoops;
import org.springframework.boot.autoconfigure.preinitialize.BackgroundPreinitializer;

/**
 * Loads the classes of the core, of Netty and of Jackson while the application prepares its beans, on the thread that Boot
 * has for such work: it is most of what a first client takes. Nothing stays of it but the classes.
 */
final class QmpBackgroundPreinitializer implements BackgroundPreinitializer {

    @Override
    public void preinitialize() {
        try (EventLoops loops = EventLoops.create(1);
                QmpClient client = QmpClient.builder("unix:/").eventLoops(loops).build()) {
            client.status();
        }
    }
}
