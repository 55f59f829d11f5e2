package dev.qmp.agent;

import dev.qmp.QmpClient;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.Text;
import dev.qmp.qapi.agent.command.GuestFsfreezeStatus;
import dev.qmp.qapi.agent.command.GuestFsfreezeThaw;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Thaws the guest's file systems. Attempts are repeated until the agent confirms one, for an hour, in later sessions
 * too. The task fails after a minute without a confirmation, or if the client is closed. An attempt without a reply may
 * still be executed. So the next one asks first whether they are thawed: otherwise the hooks of a slow thaw would run
 * again and again.
 */
final class Thaw {

    private static final Logger LOGGER = LoggerFactory.getLogger(Thaw.class);

    private static final Duration CONFIRMATION_LIMIT = Duration.ofMinutes(1);
    private static final Duration LIMIT = Duration.ofHours(1);
    /** The longest deadline of one command, so that a lost one is soon repeated. */
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(10);

    private final GuestAgent agent;
    private final Retries retries;
    private final TaskSource<Long> source;
    /** The number of frozen file systems; null if unknown. */
    private final @Nullable Long frozen;

    /** Whether an attempt had no reply. It can have thawed them, so a later one finds none that is frozen. */
    private boolean unanswered;

    /** The last rejection of an attempt by the agent. */
    private @Nullable RejectedException rejection;

    private Thaw(GuestAgent agent, @Nullable Long frozen) {
        QmpClient client = agent.client();
        this.agent = agent;
        this.frozen = frozen;
        this.retries = new Retries(client, LIMIT, true);
        this.source = client.newTask("thaw", "thaw of " + client.name(), () -> CompletableFuture.completedFuture(null));
    }

    /**
     * Starts a thaw.
     *
     * @return the task; its result is the number of file systems that its last attempt has thawed
     */
    static Task<Long> start(GuestAgent agent, @Nullable Long frozen) {
        Thaw thaw = new Thaw(agent, frozen);
        Retries.later(agent.client(), CONFIRMATION_LIMIT, thaw::notConfirmed);
        thaw.attempt();
        return thaw.source.task();
    }

    /** The longest time until the task has an outcome, with a margin for loaded machines. */
    static Duration longestWait() {
        return CONFIRMATION_LIMIT.multipliedBy(2);
    }

    private Duration commandLimit() {
        return agent.timeout().compareTo(COMMAND_LIMIT) < 0 ? agent.timeout() : COMMAND_LIMIT;
    }

    private void attempt() {
        if (!unanswered) {
            thaw();
            return;
        }
        status().whenComplete((status, failure) -> {
            Throwable cause = failure == null ? null : TaskSource.unwrap(failure);
            if (dev.qmp.qapi.agent.type.GuestFsfreezeStatus.THAWED.equals(status)) {
                thawed(0);
            } else if (cause != null && TaskSource.maySucceedLater(cause)) {
                again(cause);
            } else {
                thaw();
            }
        });
    }

    private void thaw() {
        agent.execute(GuestFsfreezeThaw.command().withTimeout(commandLimit())).whenComplete((count, failure) -> {
            if (failure == null) {
                thawed(count);
                return;
            }
            Throwable cause = TaskSource.unwrap(failure);
            if (cause instanceof OutcomeUnknownException) {
                unanswered = true;
            }
            if (cause instanceof RejectedException rejected) {
                rejection = rejected;
                askWhetherThawed(rejected);
            } else {
                again(cause);
            }
        });
    }

    private void thawed(long count) {
        if (!unanswered && count == 0 && frozen != null && frozen > 0) {
            source.fail(new FreezeException(FreezeException.Kind.THAWED_TOO_EARLY, tooEarly(), rejection));
        } else {
            source.complete(count);
        }
    }

    /** An agent can also reject a thaw in time, for instance because its hook failed. So a rejection proves nothing. */
    private String tooEarly() {
        String systems = "the file systems of " + name();
        return rejection == null
                ? systems + " were thawed before the work on them ended; repeat the work"
                : systems + " may have been thawed early: " + Text.messageOf(rejection) + "; repeat the work";
    }

    private void askWhetherThawed(RejectedException rejected) {
        status().whenComplete((status, failure) -> {
            if (failure == null && status.equals(dev.qmp.qapi.agent.type.GuestFsfreezeStatus.THAWED)) {
                thawed(0);
            } else {
                again(rejected);
            }
        });
    }

    private CompletableFuture<dev.qmp.qapi.agent.type.GuestFsfreezeStatus> status() {
        return agent.execute(GuestFsfreezeStatus.command().withTimeout(commandLimit()));
    }

    private void again(Throwable cause) {
        if (!retries.scheduledAfterAny(this::attempt)) {
            LOGGER.error(
                    "'{}': no thaw was confirmed, and no further one is sent; thaw the guest's file systems by hand",
                    name(),
                    cause);
            fail("no further thaw is sent: " + Text.messageOf(cause));
        }
    }

    private void notConfirmed() {
        if (fail("the agent has confirmed no thaw within " + CONFIRMATION_LIMIT.toSeconds()
                + " s; thaws go on in the background")) {
            LOGGER.warn("'{}': no thaw was confirmed yet; the guest's file systems may be frozen", name());
        }
    }

    private boolean fail(String why) {
        return source.fail(new FreezeException(
                FreezeException.Kind.MAYBE_STILL_FROZEN,
                "the file systems of " + name() + " may still be frozen: " + why,
                null));
    }

    private String name() {
        return Text.printable(agent.client().name());
    }
}
