package dev.qmp.agent;

import dev.qmp.error.Checks;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.QmpException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.EventLoops;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.agent.command.GuestGetDisks;
import dev.qmp.qapi.agent.command.GuestGetFsinfo;
import dev.qmp.qapi.agent.command.GuestGetHostName;
import dev.qmp.qapi.agent.command.GuestGetOsinfo;
import dev.qmp.qapi.agent.command.GuestGetTime;
import dev.qmp.qapi.agent.command.GuestGetUsers;
import dev.qmp.qapi.agent.command.GuestInfo;
import dev.qmp.qapi.agent.command.GuestNetworkGetInterfaces;
import dev.qmp.qapi.agent.command.GuestPing;
import dev.qmp.qapi.agent.command.GuestSetTime;
import dev.qmp.qapi.agent.type.GuestAgentInfo;
import dev.qmp.qapi.agent.type.GuestDiskInfo;
import dev.qmp.qapi.agent.type.GuestFilesystemInfo;
import dev.qmp.qapi.agent.type.GuestNetworkInterface;
import dev.qmp.qapi.agent.type.GuestOSInfo;
import dev.qmp.qapi.agent.type.GuestUser;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link GuestAgent} for code that waits: results instead of futures, and the {@link QmpException} itself instead of
 * a wrapper. On an event loop every method but {@link #async()} throws {@link IllegalStateException}. If the thread is
 * interrupted, the call throws the exception that states the outcome so far, and the thread stays interrupted. Each
 * limit must be positive, otherwise the call throws {@link IllegalArgumentException}. Programs and copies are tasks: see
 * {@link GuestAgent#exec} and {@link dev.qmp.task.Task#await}.
 */
public final class BlockingGuestAgent {

    private final GuestAgent agent;

    BlockingGuestAgent(GuestAgent agent) {
        this.agent = agent;
    }

    /** {@return the agent with futures} */
    public GuestAgent async() {
        return agent;
    }

    /** Executes a command; see {@link GuestAgent#execute}. */
    public <R extends @Nullable Object> R execute(TypedCommand<R> command) {
        return agent.client().blocking().execute(agent.withDeadline(command));
    }

    /** Checks that the agent answers; see {@link GuestAgent#ping()}. */
    public void ping() {
        execute(GuestPing.command());
    }

    /**
     * {@return whether an agent answers; see {@link GuestAgent#isListening}}
     *
     * @throws dev.qmp.error.CommandException if the client's policy refuses {@code guest-ping}, or the thread is
     *     interrupted
     */
    public boolean isListening(Duration limit) {
        Listening question = new Listening(agent.client(), Checks.positive("limit", limit));
        requireThatThreadCanWait("guest-ping");
        try {
            if (question.awaitTurn()) {
                agent.client().blocking().execute(question.ping());
                return true;
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted("guest-ping");
        } catch (QmpException e) {
            if (isInterrupt(e)) {
                throw e; // it proves nothing about the agent
            }
            return Listening.isAnswer(e);
        }
    }

    private static boolean isInterrupt(Throwable failure) {
        return (failure instanceof NotSentException unsent && unsent.reason() == NotSentException.Reason.INTERRUPTED)
                || (failure instanceof OutcomeUnknownException unknown
                        && unknown.reason() == OutcomeUnknownException.Reason.INTERRUPTED);
    }

    /** {@return the agent's version and commands} */
    public GuestAgentInfo info() {
        return execute(GuestInfo.command());
    }

    /** {@return whether the agent has a command, and it is enabled} */
    public boolean supports(String command) {
        Objects.requireNonNull(command, "command");
        return GuestAgent.supports(info(), command);
    }

    /**
     * Runs a program and waits for its end; see {@link GuestProgram}.
     *
     * @throws dev.qmp.task.TaskWaitException if the limit passes, or the thread is interrupted during the wait. The
     *     program runs on
     * @throws NotSentException if the thread was interrupted before the call; no program is started then
     */
    public ExecResult exec(ExecRequest request, Duration limit) {
        Checks.positive("limit", limit);
        Objects.requireNonNull(request, "request");
        requireThatThreadCanWait("guest-exec");
        return agent.exec(request).await(limit);
    }

    /** Refuses to begin work whose end this thread could not await. */
    private static void requireThatThreadCanWait(String command) {
        if (EventLoops.isEventLoop(Thread.currentThread())) {
            throw new IllegalStateException("a wait on an event loop would stall connections; use async()");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(command);
        }
    }

    private static NotSentException interrupted(String command) {
        return new NotSentException(
                command, NotSentException.Reason.INTERRUPTED, "the caller was interrupted before", null);
    }

    /**
     * Freezes the guest's file systems, does some work in this thread, and thaws them; see {@link
     * GuestAgent#whileFrozen}. If the work leaves the thread interrupted, the call waits for the thaw nevertheless.
     *
     * @return the work's result, when the thaw is confirmed
     * @throws FreezeException if no thaw was confirmed within a minute, or the file systems were, or may have been,
     *     thawed before the work ended. If the work failed too, the work's exception is thrown, and this one is
     *     suppressed in it
     * @throws dev.qmp.task.TaskWaitException if the thread is interrupted during the wait for the thaw, which goes on
     */
    public <R extends @Nullable Object> R whileFrozen(Duration limit, Supplier<R> work) {
        Checks.positive("limit", limit);
        Objects.requireNonNull(work, "work");
        Long frozen = freeze(limit);
        R result;
        try {
            result = work.get();
        } catch (Throwable e) {
            afterWork(() -> thawAfter(e, frozen));
            throw e;
        }
        afterWork(() -> Thaw.start(agent, frozen).await(Thaw.longestWait()));
        return result;
    }

    /** Waits without the interrupt that the work has left, and sets it again. A later interrupt ends the wait. */
    private static void afterWork(Runnable wait) {
        boolean interrupted = Thread.interrupted();
        try {
            wait.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Long freeze(Duration limit) {
        try {
            return execute(Freeze.command(limit));
        } catch (QmpException e) {
            if (!Freeze.isNotFrozen(e)) {
                thawAfter(e, null);
            }
            throw e;
        }
    }

    private void thawAfter(Throwable failure, @Nullable Long frozen) {
        try {
            Thaw.start(agent, frozen).await(Thaw.longestWait());
        } catch (QmpException e) {
            failure.addSuppressed(e);
        }
    }

    /** {@return the guest's time} */
    public Instant time() {
        return GuestClock.instant(execute(GuestGetTime.command()));
    }

    /**
     * Sets the guest's clock.
     *
     * @throws IllegalArgumentException if the time is before 1678 or after 2261
     */
    public void setTime(Instant time) {
        execute(GuestClock.command(time));
    }

    /** Sets the guest's clock from its real-time clock. */
    public void setTimeFromClock() {
        execute(GuestSetTime.command());
    }

    /** {@return the logged-in users} */
    public List<GuestUser> users() {
        return execute(GuestGetUsers.command());
    }

    /** {@return the network interfaces and their addresses} */
    public List<GuestNetworkInterface> networkInterfaces() {
        return execute(GuestNetworkGetInterfaces.command());
    }

    /** {@return the disks and partitions} */
    public List<GuestDiskInfo> disks() {
        return execute(GuestGetDisks.command());
    }

    /** {@return the mounted file systems} */
    public List<GuestFilesystemInfo> fileSystems() {
        return execute(GuestGetFsinfo.command());
    }

    /** {@return the operating system's name and version} */
    public GuestOSInfo operatingSystem() {
        return execute(GuestGetOsinfo.command());
    }

    /** {@return the host name} */
    public String hostName() {
        return execute(GuestGetHostName.command()).hostName();
    }

    /** Shuts the guest down; see {@link GuestAgent#shutdown}. */
    public void shutdown(GuestShutdownMode mode) {
        unanswered(GuestAgent.shutdownCommand(mode));
    }

    /** Suspends the guest; see {@link GuestAgent#suspend}. */
    public void suspend(GuestSuspendMode mode) {
        Objects.requireNonNull(mode, "mode");
        unanswered(QmpCommand.of(mode.command()));
    }

    private void unanswered(QmpCommand command) {
        ping();
        try {
            agent.client().blocking().execute(command.withTimeout(agent.timeout()));
        } catch (QmpException e) {
            if (!GuestAgent.isSuccess(e, command)) {
                throw e;
            }
        }
    }

    @Override
    public String toString() {
        return agent.toString();
    }
}
