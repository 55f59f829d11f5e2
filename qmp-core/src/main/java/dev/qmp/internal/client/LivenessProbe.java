package dev.qmp.internal.client;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Registration;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * Tells a server that is busy from one that is dead. While a command awaits its reply and nothing has come for a while,
 * it asks something out of band, which QEMU answers even when its main loop is blocked. Silence after that is death,
 * unless the server is still to read what was written before: it reads byte by byte, and cannot answer meanwhile.
 */
@BottomHalf
final class LivenessProbe {

    private final Duration patience;
    private final Scheduler scheduler;
    private final BooleanSupplier isWaiting;
    private final BooleanSupplier isReading;
    private final Supplier<StringNode> ask;
    private final Runnable dead;
    private @Nullable Registration timer;
    private @Nullable StringNode question;
    private boolean heard;

    /**
     * Creates a probe at rest.
     *
     * @param patience how long silence is no sign, and then how long an answer may take
     * @param isWaiting whether a reply is awaited
     * @param isReading whether the server may still be reading commands
     * @param ask asks the server out of band; gives the id of the question
     * @param dead is told that it does not answer
     */
    LivenessProbe(
            Duration patience,
            Scheduler scheduler,
            BooleanSupplier isWaiting,
            BooleanSupplier isReading,
            Supplier<StringNode> ask,
            Runnable dead) {
        this.patience = patience;
        this.scheduler = scheduler;
        this.isWaiting = isWaiting;
        this.isReading = isReading;
        this.ask = ask;
        this.dead = dead;
    }

    /** A reply is awaited from now on. One timer serves all commands: it finds out by itself when there are none. */
    void watch() {
        if (timer == null) {
            heard = true;
            arm();
        }
    }

    /** Something came from the server, or went into it. */
    void heard() {
        heard = true;
    }

    /** {@return whether this is the answer to the question} */
    boolean isAnswer(@Nullable JsonNode id) {
        boolean answer = question != null && question.equals(id);
        if (answer) {
            question = null;
        }
        return answer;
    }

    private void arm() {
        timer = scheduler.schedule(patience, this::look);
    }

    private void look() {
        timer = null;
        if (!isWaiting.getAsBoolean()) {
            return;
        }
        boolean silent = !heard && !isReading.getAsBoolean();
        if (silent && question != null) {
            dead.run();
            return;
        }
        if (silent) {
            question = ask.get();
        }
        heard = false;
        arm();
    }

    void stop() {
        Registration current = timer;
        timer = null;
        question = null;
        if (current != null) {
            current.close();
        }
    }
}
