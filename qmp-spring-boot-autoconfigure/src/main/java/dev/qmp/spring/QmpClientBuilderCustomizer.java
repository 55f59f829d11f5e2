package dev.qmp.spring;

import dev.qmp.QmpClientBuilder;

/**
 * Has the last word on how a client is built, after the properties: of every client in the configuration, or added to {@link
 * QmpClients}. A client that the application builds itself is not customized, unless the application does it with these
 * beans and a builder of its own.
 */
@FunctionalInterface
public interface QmpClientBuilderCustomizer {

    /** Changes the builder of the named connection's client; the client's name stays that of the connection. */
    void customize(String connectionName, QmpClientBuilder builder);
}
