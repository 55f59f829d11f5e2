package dev.qmp.protocol;

import dev.qmp.error.Checks;
import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.Transports;
import dev.qmp.internal.transport.NettyEventLoops;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The options of a connection: its name, threads, deadlines and bounds. Immutable; {@link #builder(String)} creates
 * them.
 */
public final class ProtocolOptions {

    private final Builder values;

    private ProtocolOptions(Builder values) {
        this.values = values;
    }

    /** {@return a builder with the default of every option} */
    public static Builder builder(String name) {
        Objects.requireNonNull(name, "name");
        return new Builder(name);
    }

    /** {@return the connection's name, which log messages contain} */
    public String name() {
        return values.name;
    }

    /** {@return the event loops of the connection} */
    public EventLoops eventLoops() {
        return values.eventLoops != null ? values.eventLoops : EventLoops.shared();
    }

    /** {@return the executor on which futures complete and listeners run} */
    public Executor callbackExecutor() {
        return values.callbackExecutor;
    }

    /** {@return the deadline for the connection to the peer, all its addresses and TLS included} */
    public Duration connectTimeout() {
        return values.connectTimeout;
    }

    /** {@return the deadline for the session's establishment on an open connection} */
    public Duration handshakeTimeout() {
        return values.handshakeTimeout;
    }

    /** {@return how long the peer may take to read written data} */
    public Duration writeTimeout() {
        return values.writeTimeout;
    }

    /** {@return the deadline for a disconnect that waits for replies} */
    public Duration disconnectTimeout() {
        return values.disconnectTimeout;
    }

    /** {@return the maximum length of an inbound message, in bytes} */
    public int maxMessageSize() {
        return values.maxMessageSize;
    }

    /** {@return the maximum length of an outbound message, in bytes} */
    public int maxOutboundSize() {
        return values.maxOutboundSize;
    }

    /** {@return the TLS options; null for no TLS} */
    public @Nullable TlsOptions tls() {
        return values.tls;
    }

    /** {@return whether messages may carry file descriptors} */
    public boolean fileDescriptors() {
        return values.fileDescriptors;
    }

    /**
     * Collects the options. A number or a duration that is not positive is refused with {@link
     * IllegalArgumentException}. Not thread-safe.
     */
    public static final class Builder {

        // shared by all connections
        private static final Duration FIVE_SECONDS = Duration.ofSeconds(5);
        private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);

        private String name;
        private @Nullable EventLoops eventLoops;
        private Executor callbackExecutor = CallbackExecutor.SHARED;
        private Duration connectTimeout = FIVE_SECONDS;
        private Duration handshakeTimeout = HALF_A_MINUTE;
        private Duration writeTimeout = HALF_A_MINUTE;
        private Duration disconnectTimeout = FIVE_SECONDS;
        private int maxMessageSize = 16 * 1024 * 1024;
        private int maxOutboundSize = 1024 * 1024;
        private @Nullable TlsOptions tls;
        private boolean fileDescriptors;

        private Builder(String name) {
            this.name = name;
        }

        private Builder(Builder other) {
            this.name = other.name;
            this.eventLoops = other.eventLoops;
            this.callbackExecutor = other.callbackExecutor;
            this.connectTimeout = other.connectTimeout;
            this.handshakeTimeout = other.handshakeTimeout;
            this.writeTimeout = other.writeTimeout;
            this.disconnectTimeout = other.disconnectTimeout;
            this.maxMessageSize = other.maxMessageSize;
            this.maxOutboundSize = other.maxOutboundSize;
            this.tls = other.tls;
            this.fileDescriptors = other.fileDescriptors;
        }

        /** Sets the connection's name. */
        public Builder name(String name) {
            Objects.requireNonNull(name, "name");
            this.name = name;
            return this;
        }

        /**
         * Sets the event loops of the connection. Default: {@link EventLoops#shared()}.
         *
         * @throws IllegalArgumentException if a class of the application implements them
         */
        public Builder eventLoops(EventLoops eventLoops) {
            Objects.requireNonNull(eventLoops, "eventLoops");
            Transports.of(eventLoops);
            this.eventLoops = eventLoops;
            return this;
        }

        /**
         * Sets the executor on which futures complete and listeners run. Default: daemon threads that are created as
         * needed.
         *
         * <p>With {@code Runnable::run} they run on the event loop, which saves a change of threads; such code must
         * never block. If the executor rejects a task, because it is full, shut down or out of threads, the task runs
         * on the default executor. If that rejects it too, the task runs on the event loop.
         */
        public Builder callbackExecutor(Executor callbackExecutor) {
            Objects.requireNonNull(callbackExecutor, "callbackExecutor");
            this.callbackExecutor = callbackExecutor;
            return this;
        }

        /** Sets the deadline for the connection to the peer. Default: 5 s. */
        public Builder connectTimeout(Duration timeout) {
            this.connectTimeout = Checks.positive("connectTimeout", timeout);
            return this;
        }

        /** Sets the deadline for the session's establishment. Default: 30 s. */
        public Builder handshakeTimeout(Duration timeout) {
            this.handshakeTimeout = Checks.positive("handshakeTimeout", timeout);
            return this;
        }

        /** Sets how long the peer may take to read written data. Default: 30 s. */
        public Builder writeTimeout(Duration timeout) {
            this.writeTimeout = Checks.positive("writeTimeout", timeout);
            return this;
        }

        /** Sets the deadline for a disconnect that waits for replies. Default: 5 s. */
        public Builder disconnectTimeout(Duration timeout) {
            this.disconnectTimeout = Checks.positive("disconnectTimeout", timeout);
            return this;
        }

        /** Sets the maximum length of an inbound message, in bytes. Default: 16 MiB. */
        public Builder maxMessageSize(int bytes) {
            this.maxMessageSize = Checks.positive("maxMessageSize", bytes);
            return this;
        }

        /** Sets the maximum length of an outbound message, in bytes. Default: 1 MiB. */
        public Builder maxOutboundSize(int bytes) {
            this.maxOutboundSize = Checks.positive("maxOutboundSize", bytes);
            return this;
        }

        /** Sets the TLS options for TCP. Unix sockets are without TLS. Default: null, no TLS. */
        public Builder tls(@Nullable TlsOptions tls) {
            this.tls = tls;
            return this;
        }

        /**
         * Sets whether messages may carry file descriptors. Default: false. The option needs a Unix socket that this
         * side dials, and the library junixsocket on the class path: {@code
         * com.kohlschutter.junixsocket:junixsocket-common} and {@code
         * com.kohlschutter.junixsocket:junixsocket-native-common}, 2.10 or later.
         *
         * @throws IllegalStateException if that library is missing
         */
        public Builder fileDescriptors(boolean enable) {
            if (enable) {
                NettyEventLoops.requireFileDescriptors();
            }
            this.fileDescriptors = enable;
            return this;
        }

        /** {@return the options collected so far} */
        public ProtocolOptions build() {
            return new ProtocolOptions(new Builder(this));
        }
    }
}
