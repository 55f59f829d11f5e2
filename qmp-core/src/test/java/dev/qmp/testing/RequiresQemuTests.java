package dev.qmp.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

class RequiresQemuTests {

    @Test
    void aTestRunsFromItsFirstVersionUntilItsLast() throws NoSuchMethodException {
        assertThat(on("since", "5.2.0").isDisabled()).isTrue();
        assertThat(on("since", "6.0.0").isDisabled()).isFalse();
        assertThat(on("since", "10.0.13").isDisabled()).as("10 is newer than 6").isFalse();
        assertThat(on("until", "9.2.4").isDisabled()).isFalse();
        assertThat(on("until", "10.0.0").isDisabled()).isTrue();
    }

    @Test
    void aSkippedTestNamesTheVersionTheRangeAndTheReason() throws NoSuchMethodException {
        assertThat(on("since", "5.2.0").getReason())
                .contains("QEMU 5.2.0 is older than 6.0: the command came with 6.0");
        assertThat(on("until", "11.1.3").getReason())
                .contains("QEMU 11.1.3 is not older than 10.0: the option is gone");
    }

    @Test
    void aRangeWithoutAReasonIsAnError() {
        assertThatThrownBy(() -> on("unexplained", "7.2.22"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("needs a reason");
    }

    @Test
    void versionsAreReadFromWhatTheProgramsPrint() {
        assertThat(QemuVersion.parse("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright 2003"))
                .isEqualTo(new QemuVersion(7, 2, 22));
        assertThat(QemuVersion.parse("QEMU Guest Agent 11.1.3")).isEqualTo(new QemuVersion(11, 1, 3));
        assertThat(QemuVersion.parse("qemu-storage-daemon version 5.2.0 (Debian 1:5.2+dfsg-11+deb11u3)"))
                .hasToString("5.2.0");
        assertThatThrownBy(() -> QemuVersion.parse("no number")).isInstanceOf(IllegalArgumentException.class);
    }

    private static ConditionEvaluationResult on(String method, String version) throws NoSuchMethodException {
        return RequiresQemuCondition.evaluate(
                Examples.class.getDeclaredMethod(method).getAnnotation(RequiresQemu.class), QemuVersion.parse(version));
    }

    @SuppressWarnings("UnusedMethod") // found by name
    private interface Examples {

        @RequiresQemu(from = "6.0", reason = "the command came with 6.0")
        void since();

        @RequiresQemu(before = "10.0", reason = "the option is gone")
        void until();

        @RequiresQemu(from = "6.0")
        void unexplained();
    }
}
