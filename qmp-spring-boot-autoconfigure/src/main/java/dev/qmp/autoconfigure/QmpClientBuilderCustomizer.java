package dev.qmp.autoconfigure;

import dev.qmp.QmpClientBuilder;

/** Has the last word on how a client is built, after the properties. */
@FunctionalInterface
public interface QmpClientBuilderCustomizer {

    /** Changes the builder of the named connection's client; the client's name stays that of the connection. */
    void customize(String connectionName, QmpClientBuilder builder);
}
