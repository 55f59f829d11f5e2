package dev.qmp.input;

import dev.qmp.QmpClient;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.Text;
import dev.qmp.qapi.type.QKeyCode;
import dev.qmp.task.Progress;
import dev.qmp.task.SessionEndWatch;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Types characters one after the other. At most one step is under way. */
final class Typing {

    private static final String NAME = "typing";

    private final Keyboard keyboard;
    /** For each character its chords, one at least. */
    private final List<List<List<QKeyCode>>> characters;

    private final TaskSource<@Nullable Void> source;
    private volatile boolean cancelled;
    private volatile int typed;
    /** The next session can be one of another machine, so the end of the session ends the typing. */
    private final SessionEndWatch session;

    Typing(QmpClient client, Keyboard keyboard, List<List<List<QKeyCode>>> characters) {
        this.keyboard = keyboard;
        this.characters = characters;
        this.source = client.newTask(NAME, NAME, this::cancel);
        this.session = new SessionEndWatch(
                client.events(), client.callbackExecutor(), cause -> failed("the session ended", cause));
    }

    Task<@Nullable Void> begin() {
        source.task().result().whenComplete((done, failure) -> session.close());
        type(0);
        return source.task();
    }

    private CompletableFuture<?> cancel() {
        cancelled = true;
        return CompletableFuture.completedFuture(null);
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
        if (!session.beginCommand()) {
            return;
        }
        List<List<QKeyCode>> chords = characters.get(typed);
        keyboard.requireRunning(NAME)
                .thenCompose(running -> session.hasEnded() ? sessionEnded() : keyboard.send(chords.get(chord)))
                .whenComplete((sent, failure) -> {
                    if (failure == null) {
                        sent(chords, chord);
                    } else {
                        failed(TaskSource.unwrap(failure));
                    }
                });
    }

    private static CompletableFuture<@Nullable Void> sessionEnded() {
        return CompletableFuture.failedFuture(new TaskFailedException(NAME, "the session ended", null));
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
        session.commandSucceeded();
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
