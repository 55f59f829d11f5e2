package dev.qmp.input;

import dev.qmp.QmpClient;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.command.SendKey;
import dev.qmp.qapi.type.KeyValue;
import dev.qmp.qapi.type.QKeyCode;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.task.TaskFailedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends chords. QEMU presses and releases the keys of one chord by itself, one change each hold time. */
final class Keyboard {

    private final QmpClient client;
    private final long holdTimeMillis;

    Keyboard(QmpClient client, Duration holdTime) {
        this.client = client;
        this.holdTimeMillis = holdTime.toMillis();
    }

    /** Fails with {@link TaskFailedException} if the guest does not run: QEMU drops keys then, and reports success. */
    CompletableFuture<@Nullable Void> requireRunning(String taskName) {
        return client.execute(QueryStatus.command()).thenAccept(info -> {
            if (!takesKeys(info)) {
                throw new TaskFailedException(
                        taskName,
                        "the guest does not run, its status is " + info.status()
                                + ", and QEMU drops the keys; resume it",
                        null);
            }
        });
    }

    /**
     * {@return whether a key has an effect} The guest must run, or have suspended itself, because a key wakes it up.
     */
    private static boolean takesKeys(StatusInfo info) {
        return info.running() || info.status().equals(RunState.SUSPENDED);
    }

    /** {@return completes when QEMU has accepted the chord} */
    CompletableFuture<@Nullable Void> send(List<QKeyCode> chord) {
        List<KeyValue> keys = new ArrayList<>(chord.size());
        chord.forEach(key -> keys.add(KeyValue.Qcode.of(key)));
        return client.execute(SendKey.command(keys).withHoldTime(holdTimeMillis));
    }

    /** {@return completes when QEMU has released all keys of a chord that it accepts now} */
    CompletableFuture<@Nullable Void> released(List<QKeyCode> chord) {
        long millis = 2L * chord.size() * holdTimeMillis;
        CompletableFuture<@Nullable Void> released = new CompletableFuture<>();
        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, client.callbackExecutor())
                .execute(() -> released.complete(null));
        return released;
    }
}
