package dev.qmp;

import dev.qmp.error.Checks;
import dev.qmp.internal.client.DefaultQmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.TlsOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Collects the options of a {@link QmpClient}. Every option has a default that suits a real QEMU. A number or a
 * duration that is not positive is refused with {@link IllegalArgumentException}, unless the option states another
 * range. Not thread-safe.
 */
public final class QmpClientBuilder {

    /** Enough for both outputs of a program in base64, because an agent keeps at most 16 MiB of each. */
    private static final int MAX_AGENT_MESSAGE = 48 * 1024 * 1024;

    private static final int MAX_QUEUE_CAPACITY = 2_000_000;
    // shared by all clients
    private static final Duration DEFAULT_COMMAND_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration DEFAULT_LIVENESS_TIMEOUT = Duration.ofSeconds(10);
    private static final ReconnectPolicy DEFAULT_RECONNECT = ReconnectPolicy.exponential();

    private static final AtomicInteger UNNAMED = new AtomicInteger();

    private final Endpoint endpoint;
    private boolean named;

    // QmpClientOptions reads the following fields
    /** The options of the protocol engine, with their defaults. */
    final ProtocolOptions.Builder protocol = ProtocolOptions.builder("qmp");

    Duration commandTimeout = DEFAULT_COMMAND_TIMEOUT;
    Duration livenessTimeout = DEFAULT_LIVENESS_TIMEOUT;
    int maxInFlight = 7;
    int queueCapacity = 1024;
    int eventCapacity = 1024;
    boolean outOfBand = true;
    boolean awaitGreeting = true;
    boolean negotiate = true;
    ConnectMode mode = ConnectMode.CONNECT;
    IdentityPolicy identityPolicy = IdentityPolicy.SAME;
    ReconnectPolicy reconnect = DEFAULT_RECONNECT;
    CommandCheck commandCheck = CommandCheck.OFF;
    CommandPolicy commandPolicy = CommandPolicy.unrestricted();
    final List<CommandObserver> commandObservers = new ArrayList<>();
    final List<TaskObserver> taskObservers = new ArrayList<>();
    boolean commandIds = true;
    boolean watchSocket = true;
    boolean wireLog;
    boolean synchronizeFirst;

    QmpClientBuilder(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Sets the name, which log messages and exceptions contain. Control characters are escaped. Default: {@code qmp-1}
     * and so on.
     *
     * @throws IllegalArgumentException if the name is blank
     */
    public QmpClientBuilder name(String name) {
        Objects.requireNonNull(name, "name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank");
        }
        protocol.name(name);
        this.named = true;
        return this;
    }

    /** Sets which side dials. Default: {@link ConnectMode#CONNECT}. */
    public QmpClientBuilder mode(ConnectMode mode) {
        Objects.requireNonNull(mode, "mode");
        this.mode = mode;
        return this;
    }

    /** Sets the TLS options for TCP. Default: null, no TLS. QEMU has no TLS on Unix sockets: {@link #build()} fails. */
    public QmpClientBuilder tls(@Nullable TlsOptions tls) {
        protocol.tls(tls);
        return this;
    }

    /** Sets when the client tries again after a loss. Default: {@link ReconnectPolicy#exponential()}. */
    public QmpClientBuilder reconnect(ReconnectPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        this.reconnect = policy;
        return this;
    }

    /** Sets whether another machine than before is refused. Default: {@link IdentityPolicy#SAME}. */
    public QmpClientBuilder identityPolicy(IdentityPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        this.identityPolicy = policy;
        return this;
    }

    /** Sets the deadline for the connection: name look-up, all addresses and the TLS handshake. Default: 5 s. */
    public QmpClientBuilder connectTimeout(Duration timeout) {
        protocol.connectTimeout(timeout);
        return this;
    }

    /** Sets the deadline for greeting and negotiation, which another client's command may block. Default: 30 s. */
    public QmpClientBuilder handshakeTimeout(Duration timeout) {
        protocol.handshakeTimeout(timeout);
        return this;
    }

    /** Sets how long the server may take to read written data. Then the session ends. Default: 30 s. */
    public QmpClientBuilder writeTimeout(Duration timeout) {
        protocol.writeTimeout(timeout);
        return this;
    }

    /**
     * Sets how long a command may take from its issue to its reply, the time in the queue included. A big command gets
     * 1 ms more for each 50 bytes. {@link dev.qmp.message.QmpCommand#withTimeout} sets the deadline of one command.
     * Default: 60 s.
     */
    public QmpClientBuilder commandTimeout(Duration timeout) {
        this.commandTimeout = Checks.positive("commandTimeout", timeout);
        return this;
    }

    /**
     * Sets how long the server may send nothing while a reply is due. Then the client probes it out of band, if that is
     * enabled. If the server sends nothing for the same time again, the session ends. Only received bytes count as a
     * sign of life. The time that QEMU takes to read big commands before the probe is added.
     *
     * <p>After a command with a file descriptor no probe is sent. Then the session ends after twice this time without a
     * byte, even if the server is only busy. While eight commands in band are on the wire ({@link #maxInFlight}), the
     * check is off. Zero: no check. Default: 10 s.
     */
    public QmpClientBuilder livenessTimeout(Duration timeout) {
        this.livenessTimeout = Checks.positiveOrZero("livenessTimeout", timeout);
        return this;
    }

    /** Sets how long {@code disconnect()} waits for commands in flight. Default: 5 s. */
    public QmpClientBuilder disconnectTimeout(Duration timeout) {
        protocol.disconnectTimeout(timeout);
        return this;
    }

    /** Sets the maximum size of a server's message, in bytes. A longer one ends the session. Default: 16 MiB. */
    public QmpClientBuilder maxMessageSize(int bytes) {
        protocol.maxMessageSize(bytes);
        return this;
    }

    /** Sets the maximum size of one command, in bytes. A longer command is not sent. Default: 1 MiB. */
    public QmpClientBuilder maxCommandSize(int bytes) {
        protocol.maxOutboundSize(Checks.positive("maxCommandSize", bytes));
        return this;
    }

    /**
     * Sets how many commands in band are on the wire at a time, if out-of-band execution is enabled. Default: 7. QEMU
     * stops reading while its queue has eight commands. So with a value of 8, {@code exec-oob} waits while all eight
     * are on the wire. A dead server is not detected then ({@link #livenessTimeout}). With more than 8 there is no
     * liveness check at all.
     */
    public QmpClientBuilder maxInFlight(int commands) {
        this.maxInFlight = Checks.positive("maxInFlight", commands);
        return this;
    }

    /**
     * Sets how many commands can wait in the queue. A further command fails at once with {@link
     * dev.qmp.error.OverloadException}. Default: 1024.
     *
     * @throws IllegalArgumentException unless from 1 to 2 000 000
     */
    public QmpClientBuilder queueCapacity(int commands) {
        if (Checks.positive("queueCapacity", commands) > MAX_QUEUE_CAPACITY) {
            throw new IllegalArgumentException(
                    "queueCapacity must be from 1 to " + MAX_QUEUE_CAPACITY + ", not " + commands);
        }
        this.queueCapacity = commands;
        return this;
    }

    /**
     * Sets how many unread signals a listener holds that is registered without {@link
     * dev.qmp.event.ListenerOptions}. Those always state a number, {@code DEFAULTS} 1024. Default: 1024.
     */
    public QmpClientBuilder eventCapacity(int signals) {
        this.eventCapacity = Checks.positive("eventCapacity", signals);
        return this;
    }

    /** Sets whether the client enables out-of-band execution if the server offers it. Default: true. */
    public QmpClientBuilder outOfBand(boolean enable) {
        this.outOfBand = enable;
        return this;
    }

    /**
     * Sets whether the server greets. Default: true. A guest agent does not greet, and marks the start of some replies
     * with a byte 0xFF. Without a greeting, the client skips such a byte, and the incomplete message before it.
     */
    public QmpClientBuilder awaitGreeting(boolean await) {
        this.awaitGreeting = await;
        return this;
    }

    /**
     * Sets whether to negotiate capabilities. Default: true; a guest agent does not negotiate. Without negotiation, the
     * client sends nothing before the first command. Out-of-band execution and the liveness probe are off, and {@link
     * #outOfBand} has no effect. The machine's identity is not checked, and {@link #identityPolicy} has none. One
     * command is on the wire at a time, and {@code RUNNING} means only that the connection is open.
     *
     * <p>Without greeting and negotiation, the server counts as a guest agent. If a written command is abandoned, the
     * client sends {@code guest-sync-delimited}, so that the next command need not wait for the old reply. An event
     * ends the session, because an agent sends none.
     */
    public QmpClientBuilder negotiate(boolean negotiate) {
        this.negotiate = negotiate;
        return this;
    }

    /**
     * Configures the client for a guest agent, as {@link dev.qmp.agent.GuestAgent} needs it. There is no greeting and
     * no negotiation. Messages may have 48 MiB, because a program's output arrives in one message. Each session begins
     * with {@code guest-sync-delimited}, so incomplete data of an earlier client affects no command of this one.
     * Options that are set later override these.
     */
    public QmpClientBuilder guestAgent() {
        this.synchronizeFirst = true;
        return awaitGreeting(false).negotiate(false).maxMessageSize(MAX_AGENT_MESSAGE);
    }

    /**
     * Sets whether commands to a guest agent have ids. Default: true. Agents before 4.0 reject every command that has
     * an id and do not execute it. The client then continues without ids in that session, so {@code false} only saves
     * the first exchange of each session. Without ids, one command is on the wire at a time, and replies are matched by
     * their order. The client sends {@code guest-sync-delimited} at the start of each session and after each abandoned
     * command.
     */
    public QmpClientBuilder commandIds(boolean enable) {
        this.commandIds = enable;
        return this;
    }

    /**
     * Sets whether the client watches the file of the Unix socket while it waits for its next attempt. Default: true.
     * If the file appears or its mode changes, the next attempt begins within half a second, even if the delay is
     * longer. One daemon thread checks the files of all waiting clients twice a second.
     */
    public QmpClientBuilder watchSocket(boolean enable) {
        this.watchSocket = enable;
        return this;
    }

    /**
     * Sets whether the logger {@code dev.qmp.wire} logs the messages in both directions at level TRACE. Default: false.
     * Each message is one line of at most 1000 characters. It contains the names of commands, events and members, and
     * the type of each value instead of the value. So a secret that is used as a member's name is visible.
     */
    public QmpClientBuilder wireLog(boolean enable) {
        this.wireLog = enable;
        return this;
    }

    /**
     * Sets whether commands may carry file descriptors ({@link dev.qmp.message.QmpCommand#withFileDescriptor}).
     * Default: false. The option needs a Unix socket that the client dials, and the library junixsocket on the class
     * path. Its artifacts are {@code com.kohlschutter.junixsocket:junixsocket-common} and {@code
     * :junixsocket-native-common}, 2.10 or later. Clients with this option and clients without it run on different
     * threads. A command with a file descriptor is written after the replies to all earlier commands in band. Nothing
     * is written after it before its own reply, because QEMU can crash on such data. QEMU 7.2 and older remove the sets
     * of {@code add-fd} when the session ends; QEMU 10 and later keep them until {@code remove-fd}. Names of {@code
     * getfd} stay in every version.
     *
     * @throws IllegalStateException if that library is missing
     */
    public QmpClientBuilder fileDescriptors(boolean enable) {
        protocol.fileDescriptors(enable);
        return this;
    }

    /**
     * Sets the event loops of the connection. Default: {@link EventLoops#shared()}.
     *
     * @throws IllegalArgumentException if a class of the application implements them
     */
    public QmpClientBuilder eventLoops(EventLoops eventLoops) {
        Objects.requireNonNull(eventLoops, "eventLoops");
        protocol.eventLoops(eventLoops);
        return this;
    }

    /**
     * Sets the executor on which futures complete and callbacks run. Default: daemon threads that are created as
     * needed. They inherit no thread-locals, and their context class loader is that of this library.
     *
     * <p>With {@code Runnable::run} the code runs on the event loop, which saves a change of threads; it must never
     * block. A future never completes within the call that created it, so a callback may repeat a failed call. If the
     * executor rejects a task, because it is full, shut down or out of threads, the task runs on the default executor.
     * If that rejects it too, the task runs on the event loop. After the end of the event loops, a thread of the
     * default executor takes their place, and blocking calls on it are refused, too.
     *
     * <p>Callbacks for events wait for the executor instead: see {@link dev.qmp.event.QmpEvents}.
     */
    public QmpClientBuilder callbackExecutor(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        protocol.callbackExecutor(executor);
        return this;
    }

    /**
     * Sets whether commands are checked against the machine's own schema before they are sent. Default: {@link
     * CommandCheck#OFF}. With a check, each session begins with {@code query-qmp-schema}. Its reply of 150 to 250 kB
     * takes about 2 ms of the event loop. Machines of one version and build share about 0.4 MB of memory. A machine
     * without that command, such as a guest agent, is not checked; that is logged at WARN.
     */
    public QmpClientBuilder commandCheck(CommandCheck check) {
        this.commandCheck = Objects.requireNonNull(check, "check");
        return this;
    }

    /**
     * Sets which commands the client sends. Default: {@link CommandPolicy#unrestricted()}. A refused command fails with
     * {@link dev.qmp.error.CommandRefusedException} in every runstate. It is counted in {@link
     * QmpClientStatus#commandsRefused()} and logged at WARN, at most once in ten seconds.
     */
    public QmpClientBuilder commandPolicy(CommandPolicy policy) {
        this.commandPolicy = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /**
     * Adds an observer of all commands. All observers are notified of each command in the order in which they were
     * added, and of its outcome in the reverse order. A failure of an observer is logged, and the others are notified
     * all the same. Default: none.
     */
    public QmpClientBuilder commandObserver(CommandObserver observer) {
        Objects.requireNonNull(observer, "observer");
        commandObservers.add(observer);
        return this;
    }

    /**
     * Adds an observer of all tasks. All observers are notified of each task in the order in which they were added. A
     * failure of an observer is logged, and the others are notified all the same. Default: none.
     */
    public QmpClientBuilder taskObserver(TaskObserver observer) {
        Objects.requireNonNull(observer, "observer");
        taskObservers.add(observer);
        return this;
    }

    /**
     * {@return a client in {@code IDLE}} Connect or start it.
     *
     * @throws IllegalArgumentException if the options contradict each other: {@link ConnectMode#LISTEN} with file
     *     descriptors or with an abstract Unix socket, TLS on a Unix socket, or commands without ids to a server that
     *     is not a guest agent
     * @throws IllegalStateException if the endpoint is an abstract Unix socket and the library junixsocket is missing
     */
    public QmpClient build() {
        if (!named) {
            protocol.name("qmp-" + UNNAMED.incrementAndGet());
        }
        if (endpoint instanceof Endpoint.Abstract) {
            if (mode == ConnectMode.LISTEN) {
                throw new IllegalArgumentException(
                        endpoint + ": an abstract Unix socket can only be dialled, and the mode is LISTEN; use a path");
            }
            protocol.fileDescriptors(true); // loads the library that reaches it, or throws an exception that names it
        }
        QmpClientOptions options = new QmpClientOptions(this);
        if (options.protocol().fileDescriptors() && mode == ConnectMode.LISTEN) {
            throw new IllegalArgumentException(
                    "fileDescriptors: they can be sent only on a socket that we dial, and the mode is LISTEN");
        }
        if (options.protocol().tls() != null && !(endpoint instanceof Endpoint.Tcp)) {
            throw new IllegalArgumentException(
                    "tls: QEMU has no TLS on Unix sockets, and " + endpoint + " is one; remove the option");
        }
        if (!commandIds && (awaitGreeting || negotiate)) {
            throw new IllegalArgumentException("commandIds(false): a monitor's replies can be matched by ids only;"
                    + " a guest agent needs awaitGreeting(false) and negotiate(false), too");
        }
        return new DefaultQmpClient(endpoint, options);
    }
}
