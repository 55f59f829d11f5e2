package dev.qmp.input;

import dev.qmp.QmpClient;
import dev.qmp.qapi.type.InputButton;
import dev.qmp.qapi.type.QKeyCode;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The keyboard and the pointer of one running machine.
 *
 * <pre>{@code
 * Input input = Input.of(client).withLayout("de");
 * input.type("root\n").await(Duration.ofSeconds(10));
 * input.press(QKeyCode.CTRL, QKeyCode.ALT, QKeyCode.DELETE).get();
 * input.moveTo(0.5, 0.5).get();
 * input.click(InputButton.LEFT).get();
 * }</pre>
 *
 * <p>QEMU confirms that it has taken the input. It does not report whether the guest has read it.
 *
 * <p>Every method needs a session ({@code RUNNING}) and returns at once. The guest must run, because QEMU drops the
 * keys of a paused one. If it does not run, methods fail with {@link dev.qmp.task.TaskFailedException}. Futures
 * complete on the client's callback executor, and fail with a {@link dev.qmp.error.CommandException} as {@link
 * QmpClient#execute}. Texts can be passwords: they appear in no log. An exception shows at most the one character that
 * the layout lacks.
 *
 * <p>Thread safety: immutable; any thread may use it. Texts and chords that are sent to one machine at the same time
 * mix. Chain them: {@code input.press(…).thenCompose(released -> input.press(…))}.
 */
public final class Input {

    private static final Duration DEFAULT_HOLD_TIME = Duration.ofMillis(25);
    private static final Duration SHORTEST_HOLD_TIME = Duration.ofMillis(1);
    private static final Duration LONGEST_HOLD_TIME = Duration.ofSeconds(10);
    private static final int MAX_KEYS = 16;
    private static final int MAX_DISTANCE = 0x7fff;

    private final QmpClient client;
    private final KeyboardLayout layout;
    private final Duration holdTime;
    private final Pointer pointer;

    private Input(QmpClient client, KeyboardLayout layout, Duration holdTime, Pointer pointer) {
        this.client = client;
        this.layout = layout;
        this.holdTime = holdTime;
        this.pointer = pointer;
    }

    /** {@return the input of a client's machine, for a guest with the keyboard layout {@code us}} */
    public static Input of(QmpClient client) {
        Objects.requireNonNull(client, "client");
        return new Input(client, KeyboardLayout.of("us"), DEFAULT_HOLD_TIME, new Pointer(client, null, 0));
    }

    /** {@return the names of all keyboard layouts, sorted} */
    public static Set<String> layouts() {
        return KeyboardLayout.names();
    }

    /**
     * {@return the same input, for a guest with another keyboard layout}
     *
     * @param name one of {@link #layouts()}, in any case
     * @throws IllegalArgumentException if there is no such layout
     */
    public Input withLayout(String name) {
        return new Input(client, KeyboardLayout.of(Objects.requireNonNull(name, "name")), holdTime, pointer);
    }

    /**
     * {@return the same input, with another time between two changes of a key or button}
     *
     * <p>A chord of n keys takes 2n of these times, because QEMU presses and releases the keys one by one. The default
     * is 25 ms, which types about 20 characters a second. A slow guest can lose keys that are held too short.
     *
     * @param time from 1 ms to 10 s; fractions of a millisecond are dropped
     * @throws IllegalArgumentException if the time is out of range
     */
    public Input withHoldTime(Duration time) {
        Objects.requireNonNull(time, "time");
        if (time.compareTo(SHORTEST_HOLD_TIME) < 0 || time.compareTo(LONGEST_HOLD_TIME) > 0) {
            throw new IllegalArgumentException("time must be from 1 ms to 10 s, not " + time);
        }
        return new Input(client, layout, time, pointer);
    }

    /**
     * {@return the same input, with the pointer of one display} By default QEMU chooses a pointer. The keyboard stays
     * the same.
     *
     * @param device the id of the display's graphics device
     * @param head the number of its output, from 0
     * @throws IllegalArgumentException if the id is blank or the number is negative
     */
    public Input withDisplay(String device, int head) {
        Objects.requireNonNull(device, "device");
        if (device.isBlank()) {
            throw new IllegalArgumentException("device must not be blank");
        }
        if (head < 0) {
            throw new IllegalArgumentException("head must not be negative, but is " + head);
        }
        return new Input(client, layout, holdTime, new Pointer(client, device, head));
    }

    /**
     * Types a text, chord by chord. The next chord is sent after QEMU has released the one before. So QEMU's queue of
     * 1024 entries, which drops keys without an error if it is full, stays nearly empty at any length.
     *
     * <p>A line feed, alone or after a carriage return, is typed as the return key. Progress counts the characters that
     * are typed. QEMU releases each chord by itself, modifiers included, so that no key stays pressed after a failure.
     *
     * @param text characters of the layout, spaces, tabs and line breaks, of any length; may be empty
     * @return the task. It fails with {@link dev.qmp.task.TaskFailedException} if the guest does not run, if QEMU
     *     refuses a chord or the session ends; with {@link dev.qmp.task.TaskOutcomeUnknownException} if a reply is
     *     lost. Both state how many characters were typed; the rest is not typed later. {@link Task#cancel()}
     *     ends it after the chord under way, with {@link dev.qmp.task.TaskCancelledException}
     * @throws IllegalArgumentException if the layout has no key for a character; nothing is typed then
     */
    public Task<@Nullable Void> type(String text) {
        Objects.requireNonNull(text, "text");
        List<List<List<QKeyCode>>> characters = new ArrayList<>(text.length());
        int index = 0;
        while (index < text.length()) {
            if (text.startsWith("\r\n", index)) {
                index++;
            }
            int character = text.codePointAt(index);
            List<List<QKeyCode>> chords = layout.chords(character);
            if (chords == null) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "the keyboard layout %s has no key for U+%04X at index %d of the text; remove the character, or"
                                + " use withLayout() if the guest has another layout of %s",
                        layout.name(),
                        character,
                        index,
                        layouts()));
            }
            characters.add(chords);
            index += Character.charCount(character);
        }
        return new Typing(client, new Keyboard(client, holdTime), characters).begin();
    }

    /**
     * Presses keys together, and releases them in the reverse order. QEMU releases them by itself, even if the session
     * ends meanwhile.
     *
     * @param keys in the order of their pressing, from 1 to 16 different ones
     * @return completes when QEMU has released the keys; fails with {@link dev.qmp.task.TaskFailedException} if the
     *     guest does not run, and as {@link QmpClient#execute}
     * @throws IllegalArgumentException if there are no keys, more than 16 or one twice
     */
    public CompletableFuture<@Nullable Void> press(QKeyCode... keys) {
        Objects.requireNonNull(keys, "keys");
        if (keys.length == 0 || keys.length > MAX_KEYS) {
            throw new IllegalArgumentException("keys must be from 1 to " + MAX_KEYS + ", not " + keys.length);
        }
        Set<QKeyCode> different = new HashSet<>();
        for (QKeyCode key : keys) {
            if (!different.add(Objects.requireNonNull(key, "keys"))) {
                throw new IllegalArgumentException("keys must be different, but " + key + " is there twice");
            }
        }
        Keyboard keyboard = new Keyboard(client, holdTime);
        List<QKeyCode> chord = List.of(keys);
        return TaskSource.unwrapped(
                keyboard.requireRunning("press of keys")
                        .thenCompose(running -> keyboard.send(chord))
                        .thenCompose(sent -> keyboard.released(chord)),
                Runnable::run);
    }

    /**
     * Moves the pointer to a place of the display. The machine needs a pointer with absolute coordinates, such as
     * {@code -device usb-tablet}; QEMU refuses the command if there is none.
     *
     * @param x from 0.0, the left edge, to 1.0, the right edge
     * @param y from 0.0, the upper edge, to 1.0, the lower edge
     * @return completes when QEMU has accepted it; fails as {@link QmpClient#execute}
     * @throws IllegalArgumentException if a coordinate is out of range
     */
    public CompletableFuture<@Nullable Void> moveTo(double x, double y) {
        requireShare("x", x);
        requireShare("y", y);
        return pointer.moveTo(x, y);
    }

    /**
     * Moves the pointer to the middle of a pixel, as {@link #moveTo(double, double)} does. QMP does not report the size
     * of a display: take it from a {@linkplain dev.qmp.screen.Screen picture}.
     *
     * @param x from 0 to width - 1
     * @param y from 0 to height - 1
     * @param width the width of the display in pixels; positive
     * @param height the height of the display in pixels; positive
     * @return completes when QEMU has accepted it; fails as {@link QmpClient#execute}
     * @throws IllegalArgumentException if the pixel is not on the display
     */
    public CompletableFuture<@Nullable Void> moveToPixel(int x, int y, int width, int height) {
        return pointer.moveTo(middle("x", x, "width", width), middle("y", y, "height", height));
    }

    /**
     * Moves the pointer by a distance, in the units of the device. How far that is on the display depends on the
     * guest's acceleration, and a long way is divided into steps. The machine needs a pointer with relative
     * coordinates, such as the PS/2 mouse of a PC; QEMU refuses the command if there is none.
     *
     * @param right how far to the right, from -32767 to 32767; negative to the left
     * @param down how far down, from -32767 to 32767; negative up
     * @return completes when QEMU has accepted it; fails as {@link QmpClient#execute}
     * @throws IllegalArgumentException if a distance is out of range
     */
    public CompletableFuture<@Nullable Void> moveBy(int right, int down) {
        requireDistance("right", right);
        requireDistance("down", down);
        return pointer.moveBy(right, down);
    }

    /**
     * Presses a button of the pointer, holds it for the hold time, and releases it. {@code InputButton.WHEEL_DOWN} and
     * its siblings turn the wheel by one notch.
     *
     * <p>If it is unknown whether the button was pressed, it is released all the same. If the release fails, the button
     * can stay pressed until the next click.
     *
     * @return completes when QEMU has accepted the release; fails as {@link QmpClient#execute}
     */
    public CompletableFuture<@Nullable Void> click(InputButton button) {
        return pointer.click(Objects.requireNonNull(button, "button"), holdTime);
    }

    private static void requireShare(String name, double share) {
        if (!(share >= 0.0 && share <= 1.0)) {
            throw new IllegalArgumentException(name + " must be from 0.0 to 1.0, not " + share);
        }
    }

    private static void requireDistance(String name, int distance) {
        if (distance < -MAX_DISTANCE || distance > MAX_DISTANCE) {
            throw new IllegalArgumentException(
                    name + " must be from -" + MAX_DISTANCE + " to " + MAX_DISTANCE + ", not " + distance);
        }
    }

    private static double middle(String name, int pixel, String sizeName, int size) {
        if (size <= 0) {
            throw new IllegalArgumentException(sizeName + " must be positive, not " + size);
        }
        if (pixel < 0 || pixel >= size) {
            throw new IllegalArgumentException(name + " must be from 0 to " + (size - 1) + ", not " + pixel);
        }
        return (pixel + 0.5) / size;
    }

    /** Names the connection and the layout. */
    @Override
    public String toString() {
        return "Input[" + client.name() + ", " + layout.name() + "]";
    }
}
