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
import tools.jackson.databind.JsonNode;

/**
 * A monitor without a machine, or a {@linkplain Builder#guestAgent() guest agent} without a guest.
 *
 * <p>It replies by handlers. Like QEMU it serves one client at a time, while the next one waits, connected and without
 * a greeting. If a client leaves, its queued commands are dropped. A command that is executing is finished, and its
 * reply goes to the next client. A command without a handler is rejected with {@code CommandNotFound}. Input that is no
 * command gets the error of QEMU 7.2. If QEMU sends several errors for one input, only the first is the same.
 *
 * <p>A monitor greets, negotiates and emits events. It has built-in replies to {@code qmp_capabilities}, {@code
 * query-commands}, {@code query-uuid} and {@code query-name}, the last two those of a machine without an identity. A
 * guest agent has built-in replies to {@code guest-ping}, {@code guest-sync}, {@code guest-sync-delimited} and {@code
 * guest-info}.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public final class QmpServer implements AutoCloseable {

    private final ServerLoop loop;

    private QmpServer(ServerLoop loop) {
        this.loop = loop;
    }

    /** {@return a builder of a server that listens on an endpoint} TCP port 0 lets the system choose a port. */
    public static Builder builder(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return new Builder(endpoint);
    }

    /**
     * {@return a builder of a server for an address in the form of {@link Endpoint#parse}, such as {@code
     * tcp:127.0.0.1:0}}
     *
     * @throws IllegalArgumentException if the text is not an address
     */
    public static Builder builder(String address) {
        Objects.requireNonNull(address, "address");
        return builder(Endpoint.parse(address));
    }

    /** {@return the endpoint on which the server listens, with the real port} */
    public Endpoint endpoint() {
        return loop.endpoint();
    }

    /** {@return whether the server plays a guest agent} */
    public boolean isGuestAgent() {
        return loop.isGuestAgent();
    }

    /** Answers a command by a handler from now on. */
    public void handle(String command, CommandHandler handler) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(handler, "handler");
        loop.handlers().put(command, handler);
    }

    /**
     * Sends an event to the client, if there is one and it has negotiated; it is lost otherwise, as QEMU's are.
     *
     * @throws IllegalStateException if the server is a guest agent, because agents have no events
     */
    public void emit(QmpEvent event) {
        Objects.requireNonNull(event, "event");
        loop.emit(event);
    }

    /**
     * {@return the commands received so far, of all clients, in order; at most the last 10 000} Commands that a client
     * sends by itself are left out: {@code qmp_capabilities}, and {@code query-uuid}, {@code query-name}, {@code
     * guest-sync} and {@code guest-sync-delimited} unless they have a handler.
     */
    public List<QmpCommand> received() {
        return loop.handlers().received();
    }

    /** {@return whether a client is connected and has negotiated; an agent's client need not negotiate} */
    public boolean hasClient() {
        return loop.hasClient();
    }

    /**
     * Waits until a command has been received. The command may still be executing then.
     *
     * @return the first command of that name since the start or the last {@link #reset()}, see {@link #received()}
     * @throws TimeoutException if none was received in time
     * @throws InterruptedException if the thread is interrupted
     */
    public QmpCommand awaitReceived(String command, Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(timeout, "timeout");
        return loop.awaitReceived(command, timeout);
    }

    /**
     * Waits until a client is connected and has negotiated, as {@link #hasClient()} defines it.
     *
     * @throws TimeoutException if no client was ready in time
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitClient(Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(timeout, "timeout");
        loop.awaitClient(timeout);
    }

    /**
     * Closes the client's connection, if there is one, and serves the next client.
     *
     * @return completes when the connection is closed; it never fails
     */
    public CompletableFuture<Void> disconnectClient() {
        return loop.disconnectClient();
    }

    /**
     * Makes a fault present from now on. Faults {@code UNREACHABLE} and {@code HANGS_UP} close the client's connection;
     * the method waits for that, for five seconds at most.
     *
     * @return ends the fault; {@link #reset()} ends it, too
     */
    public Registration inject(ServerFault fault) {
        Objects.requireNonNull(fault, "fault");
        return loop.inject(fault);
    }

    /**
     * Restores the state at the start: the builder's handlers, no fault, no received commands. Call it between tests.
     *
     * <p>Executing handlers are interrupted. If a client waits for a reply or a fault was present, the client's
     * connection is closed; the method waits for that, for five seconds at most. Any other client stays connected.
     */
    public void reset() {
        loop.reset();
    }

    /** Stops listening, closes the client's connection and waits for that, for five seconds at most. */
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
        private boolean guestAgent;
        private boolean commandIds = true;
        private EventLoops eventLoops = EventLoops.shared();
        private @Nullable TlsOptions tls;

        private Builder(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        /**
         * Sets the name, which log messages and thread names contain. Default: {@code server}.
         *
         * @throws IllegalArgumentException if the name is blank
         */
        public Builder name(String name) {
            Objects.requireNonNull(name, "name");
            if (name.isBlank()) {
                throw new IllegalArgumentException("name must not be blank");
            }
            this.name = name;
            return this;
        }

        /**
         * Plays a guest agent: without greeting, negotiation, out-of-band execution and events. A byte 0xFF ends half a
         * command, and precedes the reply to {@code guest-sync-delimited}. {@link
         * dev.qmp.server.simulation.GuestSimulation} adds a guest with programs and files. Default: a monitor.
         */
        public Builder guestAgent() {
            this.guestAgent = true;
            return this;
        }

        /**
         * Sets whether a guest agent accepts ids. Agents before 4.0 reply to every command that has an id with an error
         * without an id, and do not execute it. Default: true.
         */
        public Builder commandIds(boolean commandIds) {
            this.commandIds = commandIds;
            return this;
        }

        /** Sets the version of the greeting, or of the reply to {@code guest-info}. Default: 7.2.22. */
        public Builder version(QmpVersion version) {
            Objects.requireNonNull(version, "version");
            this.greeting = new QmpGreeting(version, greeting.capabilities());
            return this;
        }

        /** Sets the capabilities in the greeting. Default: {@code oob}. */
        public Builder capabilities(Set<String> capabilities) {
            Objects.requireNonNull(capabilities, "capabilities");
            this.greeting = new QmpGreeting(greeting.version(), capabilities);
            return this;
        }

        /**
         * Checks commands as the QEMU of a recorded version does. Unknown commands and arguments, missing arguments,
         * wrong types and unknown values are rejected before a handler runs.
         *
         * <p>The greeting has this version, and {@code query-qmp-schema} and {@code query-commands} have the answers of
         * that QEMU. A command that this QEMU knows is still answered with {@code CommandNotFound} if it has no
         * handler. Default: any command that has a handler is accepted.
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

        /**
         * Checks commands as {@link #schema(String)} does, by the schema of another machine. The greeting keeps its
         * version.
         *
         * @param reply the value of {@code return} of that machine's reply to {@code query-qmp-schema}
         * @throws dev.qmp.error.MappingException if the reply is not a schema
         */
        public Builder schema(JsonNode reply) {
            Objects.requireNonNull(reply, "reply");
            this.machine = new RecordedMachine(reply);
            return this;
        }

        /** Sets the handler of a command. */
        public Builder handler(String command, CommandHandler handler) {
            Objects.requireNonNull(command, "command");
            Objects.requireNonNull(handler, "handler");
            handlers.put(command, handler);
            return this;
        }

        /** Sets the event loops of the server. Default: {@link EventLoops#shared()}. */
        public Builder eventLoops(EventLoops eventLoops) {
            Objects.requireNonNull(eventLoops, "eventLoops");
            this.eventLoops = eventLoops;
            return this;
        }

        /** Sets the TLS options. Default: null, no TLS. */
        public Builder tls(@Nullable TlsOptions tls) {
            this.tls = tls;
            return this;
        }

        /**
         * Binds the endpoint and starts to serve clients.
         *
         * @throws IllegalStateException if {@link #guestAgent()} is combined with {@link #schema}, or if {@link
         *     #commandIds} is false without it
         * @throws IllegalArgumentException if a class of the application implements the event loops
         * @throws dev.qmp.protocol.QmpConnectException if it cannot listen there
         */
        public QmpServer start() {
            if (guestAgent && machine != null) {
                throw new IllegalStateException("schema(…) is QEMU's and cannot be combined with guestAgent()");
            }
            if (!guestAgent && !commandIds) {
                throw new IllegalStateException("commandIds(false) needs guestAgent(), because a monitor accepts ids");
            }
            ServerRole role = new ServerRole(guestAgent, commandIds, greeting, machine);
            return new QmpServer(ServerLoop.start(name, endpoint, role, handlers, eventLoops, tls));
        }
    }
}
