package dev.qmp.agent;

import dev.qmp.error.Checks;
import dev.qmp.error.QmpException;
import dev.qmp.message.QmpCommand;
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
 * a wrapper. On an event loop every method throws {@link IllegalStateException}. If the thread is interrupted, the call
 * throws the exception that states the outcome so far, and the thread stays interrupted. Programs and copies are tasks:
 * see {@link GuestAgent#exec} and {@link dev.qmp.task.Task#await}.
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

    /** {@return whether an agent answers; see {@link GuestAgent#isListening}} */
    public boolean isListening(Duration limit) {
        TypedCommand<@Nullable Void> ping = GuestPing.command().withTimeout(Checks.positive("limit", limit));
        try {
            agent.client().blocking().execute(ping);
            return true;
        } catch (QmpException e) {
            return GuestAgent.listens(e);
        }
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
     * @throws dev.qmp.task.TaskWaitException if the limit passes first. The program runs on
     */
    public ExecResult exec(ExecRequest request, Duration limit) {
        Checks.positive("limit", limit);
        return agent.exec(request).await(limit);
    }

    /**
     * Freezes the guest's file systems, does some work in this thread, and thaws them; see {@link
     * GuestAgent#whileFrozen}.
     *
     * @return the work's result, when the thaw is confirmed
     * @throws FreezeException if no thaw was confirmed within a minute, or the file systems were, or may have been,
     *     thawed before the work ended. If the work failed too, the work's exception is thrown, and this one is
     *     suppressed in it
     */
    public <R extends @Nullable Object> R whileFrozen(Duration limit, Supplier<R> work) {
        Checks.positive("limit", limit);
        Objects.requireNonNull(work, "work");
        Long frozen = freeze(limit);
        R result;
        try {
            result = work.get();
        } catch (Throwable e) {
            thawAfter(e, frozen);
            throw e;
        }
        Thaw.start(agent, frozen).await(Thaw.longestWait());
        return result;
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

    /** Sets the guest's clock. */
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
