package dev.qmp;

import dev.qmp.internal.client.DefaultQmpClient;
import dev.qmp.internal.engine.OptionChecks;
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

/** Collects the options of a {@link QmpClient}. Every option has a default that suits a real QEMU. Not thread-safe. */
public final class QmpClientBuilder {

    /** Two outputs of 16 MiB, which is what an agent keeps at most, in base64. */
    private static final int MAX_AGENT_MESSAGE = 48 * 1024 * 1024;

    private static final int MAX_QUEUE_CAPACITY = 2_000_000;
    private static final AtomicInteger UNNAMED = new AtomicInteger();

    private final Endpoint endpoint;
    private @Nullable String name;
    /** The options that any protocol has, with their defaults; {@link #build()} puts the name in. */
    private final ProtocolOptions.Builder protocol = ProtocolOptions.builder("qmp");

    private Duration commandTimeout = Duration.ofSeconds(60);
    private Duration livenessTimeout = Duration.ofSeconds(10);
    private int maxInFlight = 7;
    private int queueCapacity = 1024;
    private int eventCapacity = 1024;
    private boolean outOfBand = true;
    private boolean awaitGreeting = true;
    private boolean negotiate = true;
    private ConnectMode mode = ConnectMode.CONNECT;
    private IdentityPolicy identityPolicy = IdentityPolicy.SAME;
    private ReconnectPolicy reconnect = ReconnectPolicy.exponential();
    private CommandCheck commandCheck = CommandCheck.OFF;
    private CommandPolicy commandPolicy = CommandPolicy.unrestricted();
    private final List<CommandObserver> commandObservers = new ArrayList<>();
    private final List<TaskObserver> taskObservers = new ArrayList<>();
    private boolean commandIds = true;
    private boolean watchSocket = true;
    private boolean wireLog;
    private boolean synchroniseFirst;

    QmpClientBuilder(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Sets the name, which the log and exceptions show. Not blank; control characters are escaped. Default: {@code
     * qmp-1} and so on.
     */
    public QmpClientBuilder name(String name) {
        Objects.requireNonNull(name, "name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank");
        }
        this.name = name;
        return this;
    }

    /** Sets which side dials. Default: we do. */
    public QmpClientBuilder mode(ConnectMode mode) {
        Objects.requireNonNull(mode, "mode");
        this.mode = mode;
        return this;
    }

    /** Sets how TLS is spoken over TCP. Default: not at all. QEMU has none on Unix sockets. */
    public QmpClientBuilder tls(@Nullable TlsOptions tls) {
        protocol.tls(tls);
        return this;
    }

    /** Sets when to try again after a loss. Default: {@link ReconnectPolicy#exponential()}. */
    public QmpClientBuilder reconnect(ReconnectPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        this.reconnect = policy;
        return this;
    }

    /** Sets whether a machine other than the one before is refused. Default: {@link IdentityPolicy#SAME}. */
    public QmpClientBuilder identityPolicy(IdentityPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        this.identityPolicy = policy;
        return this;
    }

    /** Sets the deadline for reaching the peer, its addresses and TLS included. Default: 5 s. */
    public QmpClientBuilder connectTimeout(Duration timeout) {
        protocol.connectTimeout(timeout);
        return this;
    }

    /** Sets the deadline for greeting and negotiation. Default: 30 s, since an old client's command may block them. */
    public QmpClientBuilder handshakeTimeout(Duration timeout) {
        protocol.handshakeTimeout(timeout);
        return this;
    }

    /** Sets the deadline for the server to take in what is written; then the session is over. Default: 30 s. */
    public QmpClientBuilder writeTimeout(Duration timeout) {
        protocol.writeTimeout(timeout);
        return this;
    }

    /**
     * Sets how long a command may take from its issue to its reply, the time in the queue included. A big command gets
     * 1 ms more for each 50 bytes. {@link dev.qmp.message.QmpCommand#withTimeout} sets it for one command. Default: 60
     * s.
     */
    public QmpClientBuilder commandTimeout(Duration timeout) {
        this.commandTimeout = OptionChecks.positive("commandTimeout", timeout);
        return this;
    }

    /**
     * Sets how long the server may send nothing while it owes a reply. Then the client probes it out of band, if that
     * is enabled. If the server sends nothing for as long again, the session ends. Only received bytes count, whatever
     * is written meanwhile. The time that QEMU takes to read big commands before the probe is added.
     *
     * <p>Behind a command with a file descriptor no probe is sent: twice this time without a byte ends the session
     * then, even if the server is only busy. While eight commands in band are on the wire ({@link #maxInFlight}),
     * silence says nothing. Zero: no check. Default: 10 s.
     */
    public QmpClientBuilder livenessTimeout(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        this.livenessTimeout = timeout.isZero() ? timeout : OptionChecks.positive("livenessTimeout", timeout);
        return this;
    }

    /** Sets how long a disconnect waits for commands under way. Default: 5 s. */
    public QmpClientBuilder disconnectTimeout(Duration timeout) {
        protocol.disconnectTimeout(timeout);
        return this;
    }

    /** Sets the bound on one message of the server, in bytes; beyond it the session is over. Default: 16 MiB. */
    public QmpClientBuilder maxMessageSize(int bytes) {
        protocol.maxMessageSize(bytes);
        return this;
    }

    /** Sets the bound on one command, in bytes; beyond it the command is not sent. Default: 1 MiB. */
    public QmpClientBuilder maxCommandSize(int bytes) {
        protocol.maxOutboundSize(OptionChecks.positive("maxCommandSize", bytes));
        return this;
    }

    /**
     * Sets how many commands in band are on the wire at a time, if out-of-band is enabled. Default: 7. QEMU reads no
     * further with eight commands in its queue. So with 8 {@code exec-oob} has to wait, and a dead server is not found
     * ({@link #livenessTimeout}), while all eight are on the wire. With more than 8 there is no liveness check at all.
     */
    public QmpClientBuilder maxInFlight(int commands) {
        this.maxInFlight = OptionChecks.positive("maxInFlight", commands);
        return this;
    }

    /**
     * Sets how many commands wait for their turn; one more fails at once. Default: 1024.
     *
     * @throws IllegalArgumentException unless from 1 to 2 000 000
     */
    public QmpClientBuilder queueCapacity(int commands) {
        if (OptionChecks.positive("queueCapacity", commands) > MAX_QUEUE_CAPACITY) {
            throw new IllegalArgumentException(
                    "queueCapacity must be at most " + MAX_QUEUE_CAPACITY + ", not " + commands);
        }
        this.queueCapacity = commands;
        return this;
    }

    /** Sets how many unread signals a listener holds if it does not say otherwise. Default: 1024. */
    public QmpClientBuilder eventCapacity(int signals) {
        this.eventCapacity = OptionChecks.positive("eventCapacity", signals);
        return this;
    }

    /** Sets whether to enable out-of-band execution where it is offered. Default: yes. */
    public QmpClientBuilder outOfBand(boolean enable) {
        this.outOfBand = enable;
        return this;
    }

    /**
     * Sets whether the server greets. Default: yes. The guest agent does not, and marks the begin of some replies with
     * a byte 0xFF; such a byte, and the begin of a message that it cuts off, are passed over, if there is no greeting.
     */
    public QmpClientBuilder awaitGreeting(boolean await) {
        this.awaitGreeting = await;
        return this;
    }

    /**
     * Sets whether to negotiate capabilities. Default: yes; the guest agent does not. Without it nothing is sent before
     * the first command: out-of-band is not enabled and no sign of life is asked for, whatever {@link #outOfBand} says,
     * and no machine is told from another, whatever {@link #identityPolicy} says. So there is one command on the wire
     * at a time, and RUNNING says no more than that the connection is open. Without greeting and negotiation the server
     * counts as a guest agent: when a written command is given up, the client sends {@code guest-sync-delimited}, and
     * the next command need not wait for the reply to that one.
     */
    public QmpClientBuilder negotiate(boolean negotiate) {
        this.negotiate = negotiate;
        return this;
    }

    /**
     * Configures the client for a guest agent, which {@link dev.qmp.agent.GuestAgent} then uses: no greeting, no
     * negotiation, messages of up to 48 MiB, because a program's output comes in one, and {@code guest-sync-delimited}
     * before the first command of each session. So what an earlier client left in the agent, such as half a command,
     * affects no command of this one. Options set later win.
     */
    public QmpClientBuilder guestAgent() {
        this.synchroniseFirst = true;
        return awaitGreeting(false).negotiate(false).maxMessageSize(MAX_AGENT_MESSAGE);
    }

    /**
     * Sets whether commands to a guest agent have ids. Default: yes. Agents before 4.0 execute no command that has an
     * id and say so; the client then goes on without ids in that session by itself, so {@code false} only saves the
     * first exchange of each session. Without ids one command is on the wire at a time, and replies are matched in
     * order; each session begins with {@code guest-sync-delimited}, and so does the time after a command that was given
     * up.
     */
    public QmpClientBuilder commandIds(boolean enable) {
        this.commandIds = enable;
        return this;
    }

    /**
     * Sets whether the file of a Unix socket that we dial is watched while the client waits for its next attempt.
     * Default: yes. When the file appears, or its mode changes, the next attempt begins within half a second, whatever
     * the delay has grown to. One daemon thread looks at the files of all waiting clients twice a second.
     */
    public QmpClientBuilder watchSocket(boolean enable) {
        this.watchSocket = enable;
        return this;
    }

    /**
     * Sets whether the logger {@code dev.qmp.wire} shows the messages in both directions, if its level is TRACE.
     * Default: no. Each is one line of at most 1000 characters: names of commands, events and members as they are, and
     * of each value its type only. A secret that is used as a member's name does show.
     */
    public QmpClientBuilder wireLog(boolean enable) {
        this.wireLog = enable;
        return this;
    }

    /**
     * Sets whether commands may carry file descriptors ({@link dev.qmp.message.QmpCommand#withFileDescriptor}).
     * Default: no. Needs a Unix socket that we dial, and the library junixsocket on the class path ({@code
     * com.kohlschutter.junixsocket:junixsocket-common} and {@code :junixsocket-native-common}, 2.10 or later); clients
     * with and without it share threads of their own kind only. A command with a file descriptor goes out when all in
     * band before it are answered, and nothing is written behind it before its reply, because QEMU can crash on it.
     * QEMU 7.2 and older remove the sets of {@code add-fd} when the session ends; QEMU 10 and later keep them until
     * {@code remove-fd}. Names of {@code getfd} stay in every version.
     *
     * @throws IllegalStateException if that library is missing
     */
    public QmpClientBuilder fileDescriptors(boolean enable) {
        protocol.fileDescriptors(enable);
        return this;
    }

    /** Sets the threads of the connection. Default: {@link EventLoops#shared()}. */
    public QmpClientBuilder eventLoops(EventLoops eventLoops) {
        Objects.requireNonNull(eventLoops, "eventLoops");
        protocol.eventLoops(eventLoops);
        return this;
    }

    /**
     * Sets where futures complete and callbacks run. Default: daemon threads made as needed. {@code Runnable::run}
     * means the event loop itself, which saves a change of threads; what runs there must never block. A future never
     * completes within the call that made it, so a callback may begin anew what has just failed. When the event loops
     * have ended, callbacks run on the default executor. What the executor does not take, because it is full, shut down
     * or out of threads, runs on the default one; only if that fails too, on the event loop. Callbacks for events wait
     * for the executor instead: see {@link dev.qmp.event.QmpEvents}.
     */
    public QmpClientBuilder callbackExecutor(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        protocol.callbackExecutor(executor);
        return this;
    }

    /**
     * Sets whether commands are checked against the machine's own schema before they are sent. Default: {@link
     * CommandCheck#OFF}. With a check each session begins with {@code query-qmp-schema}, a reply of 150 to 250 kB,
     * which takes about 2 ms of the event loop; the machines of one version and build share about 0.4 MB of memory. A
     * machine without that command, such as a guest agent, is not checked, which is logged at WARN.
     */
    public QmpClientBuilder commandCheck(CommandCheck check) {
        this.commandCheck = Objects.requireNonNull(check, "check");
        return this;
    }

    /**
     * Sets which commands the client sends. Default: {@link CommandPolicy#unrestricted()}. A refused command fails with
     * {@link dev.qmp.error.CommandRefusedException} in every runstate. It is counted in {@link
     * QmpClientStatus#commandsRefused()} and logged at WARN, at most one in ten seconds.
     */
    public QmpClientBuilder commandPolicy(CommandPolicy policy) {
        this.commandPolicy = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /**
     * Adds an observer of all commands. Observers add up: each command is shown to all of them, in the order in which
     * they were added, and its outcome in the reverse order. An observer that throws is logged and keeps no other one
     * from being called. Default: none.
     */
    public QmpClientBuilder commandObserver(CommandObserver observer) {
        Objects.requireNonNull(observer, "observer");
        commandObservers.add(observer);
        return this;
    }

    /**
     * Adds an observer of all tasks. Each task is shown to all observers, in the order in which they were added. An
     * observer that throws is logged, and the others are called all the same. Default: none.
     */
    public QmpClientBuilder taskObserver(TaskObserver observer) {
        Objects.requireNonNull(observer, "observer");
        taskObservers.add(observer);
        return this;
    }

    /**
     * {@return a client in IDLE} Connect or start it.
     *
     * @throws IllegalArgumentException if it is to listen and to send file descriptors, to listen at an abstract Unix
     *     socket, or to send commands without ids to a server that is no guest agent
     * @throws IllegalStateException if the endpoint is an abstract Unix socket and the library junixsocket is missing
     */
    public QmpClient build() {
        return new DefaultQmpClient(endpoint, options());
    }

    private QmpClientOptions options() {
        protocol.name(name != null ? name : "qmp-" + UNNAMED.incrementAndGet());
        if (endpoint instanceof Endpoint.Abstract) {
            if (mode == ConnectMode.LISTEN) {
                throw new IllegalArgumentException(
                        endpoint + ": an abstract Unix socket can only be dialled, and the mode is LISTEN; use a path");
            }
            protocol.fileDescriptors(true); // the library that reaches it, or a failure that names it
        }
        ProtocolOptions built = protocol.build();
        if (built.fileDescriptors() && mode == ConnectMode.LISTEN) {
            throw new IllegalArgumentException(
                    "fileDescriptors: they can be sent only on a socket that we dial, and the mode is LISTEN");
        }
        if (!commandIds && (awaitGreeting || negotiate)) {
            throw new IllegalArgumentException("commandIds(false): a monitor's replies can be matched by ids only;"
                    + " a guest agent needs awaitGreeting(false) and negotiate(false), too");
        }
        return new QmpClientOptions(
                built,
                mode,
                commandTimeout,
                livenessTimeout,
                maxInFlight,
                queueCapacity,
                eventCapacity,
                outOfBand,
                awaitGreeting,
                negotiate,
                identityPolicy,
                reconnect,
                commandCheck,
                commandPolicy,
                List.copyOf(commandObservers),
                List.copyOf(taskObservers),
                commandIds,
                watchSocket,
                wireLog,
                synchroniseFirst);
    }
}
