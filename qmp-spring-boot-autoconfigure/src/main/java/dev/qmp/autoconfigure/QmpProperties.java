package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpConnectionProperties;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;

/** The properties under {@code qmp}. */
@ConfigurationProperties("qmp")
public class QmpProperties {

    /**
     * Values for every connection that has no value of its own.
     */
    @NestedConfigurationProperty
    private final QmpConnectionProperties defaults = new QmpConnectionProperties();

    /**
     * Connections to virtual machines, by name.
     */
    private final Map<String, QmpConnectionProperties> connection = new LinkedHashMap<>();

    private final Discovery discovery = new Discovery();

    /**
     * Whether the application stays alive while its clients are started. By default, it does if it listens to QMP
     * events.
     */
    private @Nullable Boolean keepAlive;

    /**
     * Whether keys under "qmp" that do not exist are logged as warnings, and do not stop the start.
     */
    private @Nullable Boolean ignoreUnknownKeys;

    /** {@return the defaults of all connections} */
    public QmpConnectionProperties getDefaults() {
        return defaults;
    }

    /** {@return the connections by name} */
    public Map<String, QmpConnectionProperties> getConnection() {
        return connection;
    }

    /** {@return the properties of discovery} */
    public Discovery getDiscovery() {
        return discovery;
    }

    /** {@return whether the application stays alive while its clients are started; null to decide by its listeners} */
    public @Nullable Boolean getKeepAlive() {
        return keepAlive;
    }

    /** Sets whether the application stays alive while its clients are started. */
    public void setKeepAlive(@Nullable Boolean keepAlive) {
        this.keepAlive = keepAlive;
    }

    /** {@return whether keys that do not exist are only logged; null if they stop the start} */
    public @Nullable Boolean getIgnoreUnknownKeys() {
        return ignoreUnknownKeys;
    }

    /** Sets whether keys that do not exist are only logged. */
    public void setIgnoreUnknownKeys(@Nullable Boolean ignoreUnknownKeys) {
        this.ignoreUnknownKeys = ignoreUnknownKeys;
    }

    /** Properties of the discovery of connections. */
    public static class Discovery {

        /**
         * Folder to watch for sockets whose names end in ".qmp"; each is a connection, named as the socket without that
         * ending, as long as the socket is there. Empty for none.
         */
        private @Nullable String directory;

        /** {@return the folder that is watched} */
        public @Nullable String getDirectory() {
            return directory;
        }

        /** Sets the folder to watch. */
        public void setDirectory(@Nullable String directory) {
            this.directory = directory;
        }
    }
}
