package dev.qmp.input;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.Text;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.type.QKeyCode;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Types characters one after the other. At most one step is under way. */
final class Typing {

    private static final String NAME = "typing";

    private final QmpClient client;
    private final Keyboard keyboard;
    /** For each character its chords, one at least. */
    private final List<List<List<QKeyCode>>> characters;

    private final TaskSource<@Nullable Void> source;
    private volatile boolean cancelled;
    private volatile int typed;
    /**
     * Whether commands of a step are under way, or have failed. If the session ends, they state more than its end. After
     * a failure it stays true, because the end of the session is reported at the same time.
     */
    private volatile boolean sending;

    private volatile EventSignal.@Nullable Disconnected sessionEnd;
    /** When the session of the typing began; null if there was none. */
    private volatile @Nullable Instant session;

    Typing(QmpClient client, Keyboard keyboard, List<List<List<QKeyCode>>> characters) {
        this.client = client;
        this.keyboard = keyboard;
        this.characters = characters;
        this.source = client.newTask(NAME, NAME, this::cancel);
    }

    /** The next session can be one of another machine, so the end of the session ends the typing. */
    Task<@Nullable Void> begin() {
        session = sessionBegin();
        Subscription end = client.events()
                .subscribe(
                        EventFilter.named("SHUTDOWN"),
                        ListenerOptions.DEFAULTS,
                        client.callbackExecutor(),
                        this::received);
        source.task().result().whenComplete((done, failure) -> end.close());
        type(0);
        return source.task();
    }

    private CompletableFuture<?> cancel() {
        cancelled = true;
        return CompletableFuture.completedFuture(null);
    }

    private void received(EventSignal signal) {
        if (signal instanceof EventSignal.Disconnected end) {
            sessionEnd = end;
            if (!sending) {
                failed("the session ended", end.cause());
            }
        }
    }

    private @Nullable Instant sessionBegin() {
        QmpClientStatus status = client.status();
        return status.runstate() == Runstate.RUNNING ? status.since() : null;
    }

    /** {@return whether there is a later session} The report of the end can be later still. */
    private boolean isOtherSession() {
        Instant first = session;
        Instant present = sessionBegin();
        return first != null && present != null && !first.equals(present);
    }

    /** @param chord the number of a chord of the character that is typed */
    private void type(int chord) {
        if (source.task().isDone()) {
            return;
        }
        if (typed == characters.size()) {
            succeed();
            return;
        }
        if (cancelled) {
            source.fail(new TaskCancelledException(NAME));
            return;
        }
        if (isOtherSession()) {
            failed("the session ended", null);
            return;
        }
        List<List<QKeyCode>> chords = characters.get(typed);
        sending = true;
        keyboard.requireRunning(NAME)
                .thenCompose(running -> keyboard.send(chords.get(chord)))
                .whenComplete((sent, failure) -> {
                    if (failure == null) {
                        sent(chords, chord);
                    } else {
                        failed(TaskSource.unwrap(failure));
                    }
                });
    }

    @SuppressWarnings("NullAway") // null is the result of a task without one
    private void succeed() {
        source.complete(null);
    }

    private void sent(List<List<QKeyCode>> chords, int chord) {
        int next = chord + 1 == chords.size() ? 0 : chord + 1;
        if (next == 0) {
            int done = typed + 1;
            typed = done;
            source.progress(Progress.ofSteps(done, characters.size(), NAME));
        }
        sending = false;
        EventSignal.Disconnected end = sessionEnd;
        if (end != null) {
            failed("the session ended", end.cause());
        }
        keyboard.released(chords.get(chord)).thenAccept(released -> type(next));
    }

    private void failed(Throwable cause) {
        if (cause instanceof TaskFailedException notRunning) {
            failed(notRunning.reason(), null);
        } else if (cause instanceof OutcomeUnknownException) {
            source.fail(new TaskOutcomeUnknownException(NAME, position() + Text.messageOf(cause), cause));
        } else {
            failed(Text.messageOf(cause), cause);
        }
    }

    private void failed(String reason, @Nullable Throwable cause) {
        if (typed < characters.size()) {
            source.fail(new TaskFailedException(NAME, position() + reason, cause));
        }
    }

    private String position() {
        return typed + " of " + characters.size() + " characters were typed, then: ";
    }
}
