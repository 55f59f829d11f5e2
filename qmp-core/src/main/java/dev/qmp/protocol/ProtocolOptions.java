package dev.qmp.protocol;

import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.OptionChecks;
import dev.qmp.internal.transport.NettyEventLoops;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How a connection is treated: its name, threads, deadlines and bounds. Immutable; made by {@link #builder(String)}.
 */
public final class ProtocolOptions {

    private final Builder values;

    private ProtocolOptions(Builder values) {
        this.values = values;
    }

    /** {@return a builder in which everything has its default} */
    public static Builder builder(String name) {
        Objects.requireNonNull(name, "name");
        return new Builder(name);
    }

    /** {@return the connection's name, which shows in its logger} */
    public String name() {
        return values.name;
    }

    /** {@return the threads the connection lives on} */
    public EventLoops eventLoops() {
        return values.eventLoops != null ? values.eventLoops : EventLoops.shared();
    }

    /** {@return where futures complete and listeners run} */
    public Executor callbackExecutor() {
        return values.callbackExecutor;
    }

    /** {@return the deadline for reaching the peer, all its addresses and TLS included} */
    public Duration connectTimeout() {
        return values.connectTimeout;
    }

    /** {@return the deadline for establishing the session once the peer is reached} */
    public Duration handshakeTimeout() {
        return values.handshakeTimeout;
    }

    /** {@return the deadline for the peer to take in what is written} */
    public Duration writeTimeout() {
        return values.writeTimeout;
    }

    /** {@return the deadline for a disconnect that waits for what is under way} */
    public Duration disconnectTimeout() {
        return values.disconnectTimeout;
    }

    /** {@return the length in bytes that one inbound message may have} */
    public int maxMessageSize() {
        return values.maxMessageSize;
    }

    /** {@return the length in bytes that one outbound message may have} */
    public int maxOutboundSize() {
        return values.maxOutboundSize;
    }

    /** {@return how TLS is spoken; null for none} */
    public @Nullable TlsOptions tls() {
        return values.tls;
    }

    /** {@return whether messages may carry file descriptors} */
    public boolean fileDescriptors() {
        return values.fileDescriptors;
    }

    /** Collects the options. Not thread-safe. */
    public static final class Builder {

        private String name;
        private @Nullable EventLoops eventLoops;
        private Executor callbackExecutor = CallbackExecutor.SHARED;
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration handshakeTimeout = Duration.ofSeconds(30);
        private Duration writeTimeout = Duration.ofSeconds(30);
        private Duration disconnectTimeout = Duration.ofSeconds(5);
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

        /** Sets the connection's name, instead of the one that the builder was made with. */
        public Builder name(String name) {
            Objects.requireNonNull(name, "name");
            this.name = name;
            return this;
        }

        /** Sets the threads the connection lives on. Default: {@link EventLoops#shared()}. */
        public Builder eventLoops(EventLoops eventLoops) {
            Objects.requireNonNull(eventLoops, "eventLoops");
            this.eventLoops = eventLoops;
            return this;
        }

        /**
         * Sets where futures complete and listeners run. Default: daemon threads made as needed. {@code Runnable::run}
         * means the event loop itself, which saves a hop; nothing that runs there may block. What the executor does not
         * take, because it is full, shut down or out of threads, runs on the default one; only if that fails too, on
         * the event loop.
         */
        public Builder callbackExecutor(Executor callbackExecutor) {
            Objects.requireNonNull(callbackExecutor, "callbackExecutor");
            this.callbackExecutor = callbackExecutor;
            return this;
        }

        /** Sets the deadline for reaching the peer. Default: 5 s. */
        public Builder connectTimeout(Duration timeout) {
            this.connectTimeout = OptionChecks.positive("connectTimeout", timeout);
            return this;
        }

        /** Sets the deadline for establishing the session. Default: 30 s. */
        public Builder handshakeTimeout(Duration timeout) {
            this.handshakeTimeout = OptionChecks.positive("handshakeTimeout", timeout);
            return this;
        }

        /** Sets the deadline for the peer to take in what is written. Default: 30 s. */
        public Builder writeTimeout(Duration timeout) {
            this.writeTimeout = OptionChecks.positive("writeTimeout", timeout);
            return this;
        }

        /** Sets the deadline for an orderly disconnect. Default: 5 s. */
        public Builder disconnectTimeout(Duration timeout) {
            this.disconnectTimeout = OptionChecks.positive("disconnectTimeout", timeout);
            return this;
        }

        /** Sets the bound on one inbound message, in bytes. Default: 16 MiB. */
        public Builder maxMessageSize(int bytes) {
            this.maxMessageSize = OptionChecks.positive("maxMessageSize", bytes);
            return this;
        }

        /** Sets the bound on one outbound message, in bytes. Default: 1 MiB. */
        public Builder maxOutboundSize(int bytes) {
            this.maxOutboundSize = OptionChecks.positive("maxOutboundSize", bytes);
            return this;
        }

        /** Sets how TLS is spoken, on TCP: a Unix socket goes without. Default: not at all. */
        public Builder tls(@Nullable TlsOptions tls) {
            this.tls = tls;
            return this;
        }

        /**
         * Sets whether messages may carry file descriptors. Default: no. Needs a Unix socket that we dial, and the
         * library junixsocket on the class path: {@code com.kohlschutter.junixsocket:junixsocket-common} and {@code
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
