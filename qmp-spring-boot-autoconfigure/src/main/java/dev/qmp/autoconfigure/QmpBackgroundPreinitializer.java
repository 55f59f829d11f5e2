package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.protocol.EventLoops;
import org.springframework.boot.autoconfigure.preinitialize.BackgroundPreinitializer;

/**
 * Loads the classes of the core, of Netty and of Jackson on Boot's background thread while the application creates
 * its beans, because class loading is most of the cost of a first client. Only the loaded classes remain.
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
