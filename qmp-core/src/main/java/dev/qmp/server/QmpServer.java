package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpVersion;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.schema.QmpSchema;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A monitor without a machine. It greets, negotiates, answers by handlers and emits events; like QEMU it serves one
 * client at a time, while the next one waits, connected and in silence; it drops what was queued when a client leaves,
 * but finishes the command that is executing and sends its reply to whoever comes next.
 *
 * <p>It knows {@code qmp_capabilities} and {@code query-commands}, and says of itself in {@code query-uuid} and {@code
 * query-name} that it is a machine without an identity; everything else is {@code CommandNotFound} until a handler says
 * otherwise. Input that is no command gets the error, with the text, that QEMU 7.2 gives. Thread safety: all methods
 * may be called from any thread.
 */
public final class QmpServer implements AutoCloseable {

    private final ServerLoop loop;

    private QmpServer(ServerLoop loop) {
        this.loop = loop;
    }

    /** {@return a builder of a server for an endpoint; TCP port 0 is a free one} */
    public static Builder builder(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return new Builder(endpoint);
    }

    /**
     * {@return a builder of a server for an address as {@link Endpoint#parse} takes it, such as {@code
     * tcp:127.0.0.1:0}}
     *
     * @throws IllegalArgumentException if it is no address
     */
    public static Builder builder(String address) {
        Objects.requireNonNull(address, "address");
        return builder(Endpoint.parse(address));
    }

    /** {@return where it listens, with the real port} */
    public Endpoint endpoint() {
        return loop.endpoint();
    }

    /** Answers a command by a handler from now on. */
    public void handle(String command, CommandHandler handler) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(handler, "handler");
        loop.handlers().put(command, handler);
    }

    /** Sends an event to the client, if there is one and it has negotiated; it is lost otherwise, as QEMU's are. */
    public void emit(QmpEvent event) {
        Objects.requireNonNull(event, "event");
        loop.emit(event);
    }

    /**
     * {@return the commands received so far, of all clients, in order; at most the last 10 000} Without what a client
     * asks by itself when it connects: {@code qmp_capabilities}, and {@code query-uuid} and {@code query-name} unless
     * they have a handler.
     */
    public List<QmpCommand> received() {
        return loop.handlers().received();
    }

    /** {@return whether a client is connected and has negotiated} */
    public boolean hasClient() {
        return loop.hasClient();
    }

    /**
     * Waits until a command has been received; it need not have been answered yet.
     *
     * @return the first of that name since the start or the last {@link #reset()}, see {@link #received()}
     * @throws TimeoutException if none came in time
     * @throws InterruptedException if the thread is interrupted
     */
    public QmpCommand awaitReceived(String command, Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(timeout, "timeout");
        return loop.awaitReceived(command, timeout);
    }

    /**
     * Waits until a client is connected and has negotiated.
     *
     * @throws TimeoutException if there was none in time
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitClient(Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(timeout, "timeout");
        loop.awaitClient(timeout);
    }

    /** Cuts the connection of the client, if there is one, and serves the next. */
    public CompletableFuture<Void> disconnectClient() {
        return loop.disconnectClient();
    }

    /**
     * Has something be wrong with the monitor from now on. Blocks until a client that does not survive it is gone.
     *
     * @return ends the fault; so does {@link #reset()}
     */
    public Registration inject(ServerFault fault) {
        Objects.requireNonNull(fault, "fault");
        return loop.inject(fault);
    }

    /**
     * Is again as it was when it started: the builder's handlers, no fault, nothing received; to be called between
     * tests. What executes is interrupted. A client that is owed a reply, or met a fault, is cut off; any other one
     * stays.
     */
    public void reset() {
        loop.reset();
    }

    /** Stops listening, cuts the client off and waits for both. */
    @Override
    public void close() {
        loop.close();
    }

    /** Collects the options of a server. Not thread-safe. */
    public static final class Builder {

        private final Endpoint endpoint;
        private final Map<String, CommandHandler> handlers = new LinkedHashMap<>();
        private String name = "server";
        private QmpGreeting greeting =
                new QmpGreeting(new QmpVersion(7, 2, 22, "dev.qmp"), Set.of(QmpGreeting.OUT_OF_BAND));
        private @Nullable RecordedMachine machine;
        private EventLoops eventLoops = EventLoops.shared();
        private @Nullable TlsOptions tls;

        private Builder(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        /** Sets the name, which log messages and threads show. Default: {@code server}. */
        public Builder name(String name) {
            Objects.requireNonNull(name, "name");
            if (name.isBlank()) {
                throw new IllegalArgumentException("name must not be blank");
            }
            this.name = name;
            return this;
        }

        /** Sets the version it greets with. Default: 7.2.22. */
        public Builder version(QmpVersion version) {
            Objects.requireNonNull(version, "version");
            this.greeting = new QmpGreeting(version, greeting.capabilities());
            return this;
        }

        /** Sets the capabilities it offers. Default: {@code oob}. */
        public Builder capabilities(Set<String> capabilities) {
            Objects.requireNonNull(capabilities, "capabilities");
            this.greeting = new QmpGreeting(greeting.version(), capabilities);
            return this;
        }

        /**
         * Objects to commands as the QEMU of a recorded version does: to unknown commands and arguments, missing
         * arguments, wrong types and unknown values, before any handler runs. Greets with this version, and answers
         * {@code query-qmp-schema} and {@code query-commands} as that QEMU. A command that the QEMU knows and that has
         * no handler is still {@code CommandNotFound}. Default: any command that has a handler is accepted.
         *
         * @param version one of {@link QmpSchema#recordedVersions()}, such as {@code 7.2}
         * @throws IllegalArgumentException if no schema of this version was recorded
         */
        public Builder schema(String version) {
            Objects.requireNonNull(version, "version");
            this.machine = new RecordedMachine(version);
            int dot = version.indexOf('.');
            int major = Integer.parseInt(version.substring(0, dot));
            return version(new QmpVersion(major, Integer.parseInt(version.substring(dot + 1)), 0, "dev.qmp"));
        }

        /** Answers a command by a handler. */
        public Builder handler(String command, CommandHandler handler) {
            Objects.requireNonNull(command, "command");
            Objects.requireNonNull(handler, "handler");
            handlers.put(command, handler);
            return this;
        }

        /** Sets the threads it lives on. Default: {@link EventLoops#shared()}. */
        public Builder eventLoops(EventLoops eventLoops) {
            Objects.requireNonNull(eventLoops, "eventLoops");
            this.eventLoops = eventLoops;
            return this;
        }

        /** Sets how TLS is served. Default: not at all. */
        public Builder tls(@Nullable TlsOptions tls) {
            this.tls = tls;
            return this;
        }

        /**
         * Binds and serves.
         *
         * @throws dev.qmp.protocol.QmpConnectException if it cannot listen there
         */
        public QmpServer start() {
            return new QmpServer(ServerLoop.start(name, endpoint, greeting, handlers, machine, eventLoops, tls));
        }
    }
}
