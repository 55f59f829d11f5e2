package dev.qmp.hmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.QmpClient;
import dev.qmp.hmp.HmpException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts of the human monitor that are errors, as QEMU 5.2 to 11.1 print them, and those that are not. */
class HmpTests {

    private static Kind kindOf(String text) {
        return HmpErrors.kindOf(new HmpOutput(text.replace("|", "\r\n")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "UNKNOWN_COMMAND; unknown command: 'bogus'|",
                "UNKNOWN_COMMAND; unknown command: 'info bogus'|",
                "WRONG_ARGUMENTS; device_del: string expected|Try \"help device_del\" for more information|",
                "WRONG_ARGUMENTS; c|cont: extraneous characters at the end of line|Try \"help cont\" for more information|",
                "WRONG_ARGUMENTS; mtree: unsupported option -z|Try \"help info mtree\" for more information|",
                "FAILED; Error: Device 'nope' not found|",
                "FAILED; Error: No VNC display is present|To enable it, use '-vnc ...'",
                "FAILED; warning: 'stopcapture' is deprecated|Error: there is none|",
                "FAILED; Device 'nope' not found|",
                "FAILED; Could not open '/nonexistent': No such file or directory|",
                "FAILED; Error opening logfile /nonexistent/a: No such file or directory|",
                "FAILED; unknown event \"nope\"|",
                "FAILED; No CPU available|"
            })
    void recognisesErrors(Kind kind, String text) {
        assertThat(kindOf(text)).isEqualTo(kind);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "VM status: running|",
                "warning: 'stopcapture' is deprecated since v10.2, to be removed|",
                "none0: /tmp/Error: disk (raw)|Error: in a file name|",
                "some text|unknown command: 'x'|",
                "serial0: a|Device 'nope' not found|",
                "0000000000000000: 0xf000ff53 0xf000ff53|"
            })
    void takesOtherTextsForResults(String text) {
        assertThat(kindOf(text)).isNull();
    }

    @Test
    void hasLinesWithoutTheirEnds() {
        HmpOutput output = new HmpOutput("warning: old\r\na\r\n\r\nb\r\n");
        assertThat(output.lines()).containsExactly("warning: old", "a", "", "b");
        assertThat(output.warnings()).containsExactly("warning: old");
        assertThat(output.text()).doesNotContain("\r");
    }

    @Test
    void quotesArguments() {
        assertThat(Hmp.quote("/tmp/a \"b\" \\c")).isEqualTo("\"/tmp/a \\\"b\\\" \\\\c\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Hmp.quote("a\nquit"))
                .withMessageContaining("argument");
    }

    @Test
    void refusesLinesThatAreNone() {
        try (QmpClient vm = QmpClient.builder("tcp:127.0.0.1:1").build()) {
            Hmp hmp = Hmp.of(vm);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> hmp.execute(" "))
                    .withMessageContaining("commandLine must not be blank");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> hmp.executeQuietly("stop\nquit"))
                    .withMessageContaining("commandLine must not have a control character");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> hmp.withCpu(-1))
                    .withMessageContaining("index");
        }
    }
}
