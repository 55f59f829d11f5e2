package dev.qmp.input;

import dev.qmp.QmpClient;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.qapi.command.InputSendEvent;
import dev.qmp.qapi.type.InputAxis;
import dev.qmp.qapi.type.InputBtnEvent;
import dev.qmp.qapi.type.InputButton;
import dev.qmp.qapi.type.InputEvent;
import dev.qmp.qapi.type.InputMoveEvent;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The pointer of a machine. QEMU shows the guest all changes of one command at once. */
final class Pointer {

    /** The end of QEMU's range of absolute coordinates, which begins at 0. */
    private static final int MAX_COORDINATE = 0x7fff;

    private final QmpClient client;
    private final @Nullable String device;
    private final int head;

    /** @param device the graphics device of the display; null for the pointer that QEMU chooses */
    Pointer(QmpClient client, @Nullable String device, int head) {
        this.client = client;
        this.device = device;
        this.head = head;
    }

    CompletableFuture<@Nullable Void> moveTo(double x, double y) {
        return send(
                InputEvent.Abs.of(InputMoveEvent.of(InputAxis.X, Math.round(x * MAX_COORDINATE))),
                InputEvent.Abs.of(InputMoveEvent.of(InputAxis.Y, Math.round(y * MAX_COORDINATE))));
    }

    CompletableFuture<@Nullable Void> moveBy(int right, int down) {
        return send(
                InputEvent.Rel.of(InputMoveEvent.of(InputAxis.X, right)),
                InputEvent.Rel.of(InputMoveEvent.of(InputAxis.Y, down)));
    }

    /** Press and release are two commands: a guest sees no click if both come at once. */
    CompletableFuture<@Nullable Void> click(InputButton button, Duration holdTime) {
        Executor later = CompletableFuture.delayedExecutor(
                holdTime.toMillis(), TimeUnit.MILLISECONDS, client.callbackExecutor());
        CompletableFuture<@Nullable Void> click = new CompletableFuture<>();
        send(change(button, true)).whenComplete((pressed, failure) -> {
            Throwable cause = failure == null ? null : TaskSource.unwrap(failure);
            if (cause == null || cause instanceof OutcomeUnknownException) {
                later.execute(() -> release(button, click, cause));
            } else {
                click.completeExceptionally(cause);
            }
        });
        return click;
    }

    /** @param earlier why it is unknown whether the button was pressed; null if the press succeeded */
    private void release(InputButton button, CompletableFuture<@Nullable Void> click, @Nullable Throwable earlier) {
        send(change(button, false)).whenComplete((released, failure) -> {
            Throwable cause = earlier == null ? failure : earlier;
            if (cause == null) {
                click.complete(null);
            } else {
                click.completeExceptionally(TaskSource.unwrap(cause));
            }
        });
    }

    private static InputEvent change(InputButton button, boolean down) {
        return InputEvent.Btn.of(InputBtnEvent.of(button, down));
    }

    private CompletableFuture<@Nullable Void> send(InputEvent... events) {
        InputSendEvent command = InputSendEvent.command(List.of(events));
        return client.execute(
                device == null ? command : command.withDevice(device).withHead(head));
    }
}
