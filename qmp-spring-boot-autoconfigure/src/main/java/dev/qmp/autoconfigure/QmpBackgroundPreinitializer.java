package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import org.springframework.boot.autoconfigure.preinitialize.BackgroundPreinitializer;

/**
 * Loads the classes of a client on Boot's background thread while the application creates its beans. Only the loaded
 * classes remain. Netty's classes are not among them: a thread of the loops loads them when the first client starts,
 * and before that the main thread needs the processors more.
 */
final class QmpBackgroundPreinitializer implements BackgroundPreinitializer {

    @Override
    public void preinitialize() {
        QmpClient.builder("unix:/").build().status();
    }
}
