package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.agent.GuestAgent;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether an agent listens behind one connection, by {@code guest-ping}. The agent is asked when a session begins, and
 * when its answer is read and is older than a limit. A health request reads the last answer and waits for none.
 */
final class AgentWatch implements Watches.Watch<AgentWatch.Answer> {

    /**
     * An answer.
     *
     * @param listening whether an agent replied within the time limit
     * @param at when that was known
     */
    record Answer(boolean listening, Instant at) {}

    private final GuestAgent agent;
    private final Duration timeout;
    private final Duration maxAge;
    private final Subscription subscription;

    private @Nullable Answer answer;
    /**
     * Whether the last ping of this session was answered or has failed. Then {@link #answeredAt} has the time of that.
     */
    private boolean answered;

    private long answeredAt;

    private boolean asking;
    /** The number of ended sessions. An answer of an earlier session is ignored. */
    private int ended;

    AgentWatch(QmpClient client, Duration timeout, Duration maxAge) {
        this.agent = GuestAgent.of(client);
        this.timeout = timeout;
        this.maxAge = maxAge;
        // runs on the event loop, so it must not block
        this.subscription =
                client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, this::received);
        if (client.runstate() == Runstate.RUNNING) {
            ask(); // for a session that began before the listener was registered
        }
    }

    private void received(EventSignal signal) {
        if (signal instanceof EventSignal.Connected) {
            ask();
        } else if (signal instanceof EventSignal.Disconnected) {
            forget();
        }
    }

    private synchronized void forget() {
        ended++;
        answer = null;
        answered = false;
        asking = false;
    }

    /** {@return the last answer of this session, null if there is none yet} Asks again if it is too old. */
    @Override
    public @Nullable Answer current() {
        Answer last;
        boolean old;
        synchronized (this) {
            last = answer;
            old = !answered || System.nanoTime() - answeredAt >= maxAge.toNanos();
        }
        if (old) {
            ask();
        }
        return last;
    }

    private void ask() {
        int session;
        synchronized (this) {
            if (asking || !mayAsk()) {
                return;
            }
            asking = true;
            session = ended;
        }
        try {
            agent.isListening(timeout).whenComplete((listening, failure) -> learn(session, listening));
        } catch (Throwable e) { // such as an OutOfMemoryError: the next question must not wait for this one
            learn(session, null);
            throw e;
        }
    }

    /**
     * {@return whether a question has a chance of a prompt answer} An agent that executes a long command replies after
     * it. If a command was abandoned without a reply, the agent is asked nevertheless.
     */
    private boolean mayAsk() {
        QmpClientStatus status = agent.client().status();
        boolean idle = status.pending() == 0 && status.queued() == 0;
        return status.runstate() == Runstate.RUNNING && (idle || status.abandoned() > 0);
    }

    /** Takes no answer from a failure, such as a refusal by the command policy. */
    private synchronized void learn(int session, @Nullable Boolean listening) {
        if (session != ended) {
            return;
        }
        asking = false;
        answer = listening == null ? null : new Answer(listening, Instant.now());
        answered = true;
        answeredAt = System.nanoTime();
    }

    @Override
    public void close() {
        subscription.close();
    }
}
