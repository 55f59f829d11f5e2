package dev.qmp.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.type.InputButton;
import dev.qmp.qapi.type.QKeyCode;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands of typing, of chords and of the pointer, and their failures. */
@Timeout(60)
class TypingTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final CommandHandler RUNNING = status("running", true);
    private static final CommandHandler PAUSED = status("paused", false);

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0")
            .handler("query-status", RUNNING)
            .handler("send-key", CommandHandler.returning(null))
            .handler("input-send-event", CommandHandler.returning(null))
            .start();
    private final QmpClient vm = QmpClient.builder(server.endpoint()).build();
    private final Input input = Input.of(vm).withHoldTime(Duration.ofMillis(1));

    @BeforeEach
    void connect() {
        vm.blocking().connect();
    }

    @AfterEach
    void close() {
        vm.close();
        server.close();
    }

    private static CommandHandler status(String status, boolean running) {
        return CommandHandler.returning(Map.of("status", status, "running", running));
    }

    /** {@return the arguments of all commands but of the questions for the status} */
    private List<String> sent() {
        return server.received().stream()
                .filter(command -> !command.name().equals("query-status"))
                .map(QmpCommand::arguments)
                .map(arguments -> arguments == null ? "" : arguments.toString())
                .toList();
    }

    private static String keys(String... names) {
        StringBuilder keys = new StringBuilder();
        for (String name : names) {
            keys.append(keys.isEmpty() ? "" : ",").append("{\"type\":\"qcode\",\"data\":\"" + name + "\"}");
        }
        return "{\"keys\":[" + keys + "],\"hold-time\":1}";
    }

    private static String button(boolean down) {
        return "{\"events\":[{\"type\":\"btn\",\"data\":{\"button\":\"left\",\"down\":" + down + "}}]}";
    }

    @Test
    void aTextIsTypedChordByChord() {
        Task<@Nullable Void> typing = input.withLayout("de").type("Z^\r\n\n");
        typing.await(SOON);
        assertThat(sent())
                .containsExactly(keys("shift", "y"), keys("grave_accent"), keys("spc"), keys("ret"), keys("ret"));
        assertThat(typing.progress()).isEqualTo(Progress.ofSteps(4, 4, "typing"));
    }

    @Test
    void nothingIsTypedOfATextWithAnUnknownCharacter() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input.type("ab\u03b1"))
                .withMessage(
                        "the keyboard layout us has no key for U+03B1 at index 2 of the text; remove the character,"
                                + " or use withLayout() if the guest has another layout of [de, fr, gb, us]");
        input.type("").await(SOON);
        assertThat(server.received()).isEmpty();
    }

    @Test
    void aRefusedChordEndsTheTyping() {
        server.handle(
                "send-key",
                CommandHandler.inTurn(
                        CommandHandler.returning(null), CommandHandler.rejecting("GenericError", "no keyboard")));
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> input.type("abc").await(SOON))
                .withMessageContaining("1 of 3 characters were typed, then: ")
                .withMessageContaining("no keyboard")
                .withCauseInstanceOf(RejectedException.class);
        assertThat(sent()).hasSize(2);
    }

    @Test
    void aGuestThatIsPausedMeanwhileEndsTheTyping() {
        server.handle("query-status", CommandHandler.inTurn(RUNNING, PAUSED));
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> input.type("abc").await(SOON))
                .withMessage("typing failed: 1 of 3 characters were typed, then: the guest does not run, its status is"
                        + " paused, and QEMU drops the keys; resume it");
        assertThat(sent()).containsExactly(keys("a"));
    }

    @Test
    void aKeyWakesUpASuspendedGuest() {
        server.handle("query-status", status("suspended", false));
        input.press(QKeyCode.RET).join();
        assertThat(sent()).containsExactly(keys("ret"));
    }

    @Test
    void aCancelledTypingEndsAfterTheChordUnderWay() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        server.handle("send-key", CommandHandler.returning(null).after(gate));
        Task<@Nullable Void> typing = input.type("abc");
        server.awaitReceived("send-key", SOON);
        typing.cancel().join();
        gate.countDown();
        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> typing.await(SOON));
        assertThat(sent()).containsExactly(keys("a"));
    }

    @Test
    void aLostReplyLeavesTheOutcomeUnknown() {
        server.handle("send-key", CommandHandler.inTurn(CommandHandler.returning(null), CommandHandler.hangingUp()));
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> input.type("abc").await(SOON))
                .withMessageContaining("1 of 3 characters were typed, then: ")
                .withCauseInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    void theRestIsNotTypedInTheNextSession() {
        Task<@Nullable Void> typing = input.withHoldTime(Duration.ofSeconds(10)).type("abc");
        Awaitility.await().atMost(SOON).until(() -> typing.progress() != null);
        server.disconnectClient().join();
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> typing.await(SOON))
                .withMessage("typing failed: 1 of 3 characters were typed, then: the session ended");
    }

    @Test
    void theEndOfTheSessionAfterTheLastChordIsNoFailure() {
        Task<@Nullable Void> typing = input.withHoldTime(Duration.ofMillis(200)).type("a");
        Awaitility.await().atMost(SOON).until(() -> typing.progress() != null);
        server.disconnectClient().join();
        typing.await(SOON);
    }

    @Test
    void nothingIsTypedWithoutASession() {
        vm.disconnect().join();
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> input.type("a").await(SOON))
                .withMessageContaining("0 of 1 characters were typed, then: ")
                .withCauseInstanceOf(NotSentException.class);
        assertThatThrownBy(() -> input.press(QKeyCode.A).join()).hasCauseInstanceOf(NotSentException.class);
    }

    @Test
    void aChordIsOneCommandAndEndsWhenQemuHasReleasedIt() {
        long begin = System.nanoTime();
        input.withHoldTime(Duration.ofMillis(20))
                .press(QKeyCode.CTRL, QKeyCode.ALT, QKeyCode.DELETE)
                .join();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(6 * 20));
        assertThat(sent()).containsExactly(keys("ctrl", "alt", "delete").replace(":1}", ":20}"));
    }

    @Test
    void thePointerIsMoved() {
        input.moveTo(0.5, 1.0).join();
        input.withDisplay("vga0", 1).moveToPixel(0, 9, 5, 10).join();
        input.moveBy(-3, 4).join();
        assertThat(sent())
                .containsExactly(
                        "{\"events\":[{\"type\":\"abs\",\"data\":{\"axis\":\"x\",\"value\":16384}},"
                                + "{\"type\":\"abs\",\"data\":{\"axis\":\"y\",\"value\":32767}}]}",
                        "{\"events\":[{\"type\":\"abs\",\"data\":{\"axis\":\"x\",\"value\":3277}},"
                                + "{\"type\":\"abs\",\"data\":{\"axis\":\"y\",\"value\":31129}}],"
                                + "\"device\":\"vga0\",\"head\":1}",
                        "{\"events\":[{\"type\":\"rel\",\"data\":{\"axis\":\"x\",\"value\":-3}},"
                                + "{\"type\":\"rel\",\"data\":{\"axis\":\"y\",\"value\":4}}]}");
    }

    @Test
    void aClickIsAPressAndARelease() {
        input.click(InputButton.LEFT).join();
        assertThat(sent()).containsExactly(button(true), button(false));
    }

    @Test
    void aRefusedPressIsNotReleased() {
        server.handle("input-send-event", CommandHandler.rejecting("GenericError", "VM not running"));
        assertThatThrownBy(() -> input.click(InputButton.LEFT).join()).hasCauseInstanceOf(RejectedException.class);
        assertThat(sent()).containsExactly(button(true));
    }

    @Test
    void aPressWithUnknownOutcomeIsReleased() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        server.handle(
                "input-send-event",
                CommandHandler.inTurn(CommandHandler.returning(null).after(gate), CommandHandler.returning(null)));
        try (QmpClient impatient = QmpClient.builder(server.endpoint())
                .commandTimeout(Duration.ofSeconds(1))
                .build()) {
            vm.close();
            impatient.blocking().connect();
            var click = Input.of(impatient).withHoldTime(Duration.ofMillis(1)).click(InputButton.LEFT);
            assertThatThrownBy(click::join).hasCauseInstanceOf(OutcomeUnknownException.class);
            gate.countDown();
            Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(sent())
                    .containsExactly(button(true), button(false)));
        }
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input.moveTo(1.5, 0))
                .withMessage("x must be from 0.0 to 1.0, not 1.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input.moveTo(0, Double.NaN))
                .withMessage("y must be from 0.0 to 1.0, not NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input.moveToPixel(640, 0, 640, 480))
                .withMessage("x must be from 0 to 639, not 640");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input.moveToPixel(0, 0, 640, 0))
                .withMessage("height must be positive, not 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input.moveBy(0, 40_000))
                .withMessage("down must be from -32767 to 32767, not 40000");
        assertThatIllegalArgumentException().isThrownBy(input::press).withMessage("keys must be from 1 to 16, not 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input.press(QKeyCode.A, QKeyCode.A))
                .withMessage("keys must be different, but a is there twice");
        for (Duration time : List.of(
                Duration.ZERO,
                Duration.ofNanos(999_999),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> input.withHoldTime(time))
                    .withMessage("time must be from 1 ms to 10 s, not " + time);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input.withLayout("xx"))
                .withMessage("there is no keyboard layout 'xx'; choose one of [de, fr, gb, us]");
    }
}
