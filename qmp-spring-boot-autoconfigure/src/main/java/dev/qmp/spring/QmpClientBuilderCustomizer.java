package dev.qmp.spring;

import dev.qmp.QmpClientBuilder;

/**
 * Changes the builder of each client, after the properties are applied. It is called for clients of the
 * configuration and for clients that are added to {@link QmpClients}. A client that the application builds itself is
 * not customized.
 */
@FunctionalInterface
public interface QmpClientBuilderCustomizer {

    /**
     * Changes the builder of the named connection's client. A name that is set here is ignored: the client keeps the
     * name of its connection.
     */
    void customize(String connectionName, QmpClientBuilder builder);
}
