package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

/** The messages after a wrong configuration. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysisTests {

    static Stream<Arguments> mistakes() {
        String address = "--qmp.connection.vm1.address=tcp:localhost:1";
        return Stream.of(
                mistake("qmp.connection.vm1.address", "unix:PATH", "--qmp.connection.vm1.address=/run/vm1.qmp"),
                mistake("qmp.connection.vm1.address", "unix:PATH", "--qmp.connection.vm1.auto-startup=true"),
                mistake("qmp.connection.vm1.mode", "LISTEN", address, "--qmp.connection.vm1.mode=dial"),
                mistake(
                        "qmp.defaults.mode",
                        "a unix: address that is a path",
                        "--qmp.connection.vm1.address=unix:@vm1",
                        "--qmp.defaults.mode=listen"),
                mistake(
                        "qmp.connection.vm1.ssl.enabled",
                        "a tcp: address",
                        "--qmp.connection.vm1.address=unix:@vm1",
                        "--qmp.connection.vm1.ssl.enabled=true"),
                mistake(
                        "qmp.connection.vm1.command-timeout",
                        "a positive duration",
                        address,
                        "--qmp.connection.vm1.command-timeout=-1s"),
                mistake(
                        "Set qmp.connection.[a.b].queue-capacity to",
                        "Origin: \"qmp.connection.[a.b].queue-capacity\"",
                        "--qmp.connection.[a.b].address=tcp:localhost:1",
                        "--qmp.connection.[a.b].queue-capacity=0"),
                mistake(
                        "qmp.defaults.connect-timeout",
                        "a positive duration",
                        address,
                        "--qmp.defaults.connect-timeout=-1s"),
                mistake(
                        "qmp.connection.vm1.liveness-timeout",
                        "livenessTimeout must be positive or zero",
                        address,
                        "--qmp.connection.vm1.liveness-timeout=-1s"),
                mistake(
                        "qmp.connection.vm1.queue-capacity",
                        "1 or more",
                        address,
                        "--qmp.connection.vm1.queue-capacity=0"),
                mistake(
                        "qmp.connection.vm1.queue-capacity",
                        "1 to 2000000",
                        address,
                        "--qmp.connection.vm1.queue-capacity=2000001"),
                mistake(
                        "qmp.connection.vm1.max-message-size",
                        "2047MB",
                        address,
                        "--qmp.connection.vm1.max-message-size=3GB"),
                mistake(
                        "qmp.connection.vm1.reconnect.jitter",
                        "0.0 to 1.0",
                        address,
                        "--qmp.connection.vm1.reconnect.jitter=2"),
                mistake(
                        "qmp.connection.vm1.max-command-size",
                        "a size from 1B",
                        address,
                        "--qmp.connection.vm1.max-command-size=0B"),
                mistake(
                        "qmp.defaults.reconnect.multiplier",
                        "1.0 or more",
                        address,
                        "--qmp.defaults.reconnect.multiplier=0.9"),
                mistake(
                        "qmp.connection.vm1.reconnect.initial-delay",
                        "a positive duration",
                        address,
                        "--qmp.connection.vm1.reconnect.initial-delay=0s"),
                mistake(
                        "qmp.connection.vm1.reconnect.max-delay",
                        "at least initialDelay",
                        address,
                        "--qmp.connection.vm1.reconnect.initial-delay=1m"),
                mistake("qmp.connection.vm1.ssl.bundle", "bundle", address, "--qmp.connection.vm1.ssl.bundle=none"),
                mistake(
                        ".primary",
                        "at most one",
                        address,
                        "--qmp.connection.vm1.primary=true",
                        "--qmp.connection.vm2.address=tcp:localhost:2",
                        "--qmp.connection.vm2.primary=true"),
                mistake(".address", "an address of its own", address, "--qmp.connection.vm2.address=tcp:localhost:1"),
                mistake("qmp.connection.vm1.fail-fast", "false", address, "--qmp.connection.vm1.fail-fast=true"));
    }

    private static Arguments mistake(String property, String accepted, String... arguments) {
        return Arguments.of(property, accepted, arguments);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void aMistakeStopsTheStartWithOneMessageThatNamesThePropertyAndWhatItAccepts(
            String property, String accepted, String[] arguments, CapturedOutput output) {
        Throwable failure = catchThrowable(() -> new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run(arguments)
                .close());
        assertThat(failure).isNotNull();
        assertThat(output.getAll())
                .containsOnlyOnce("APPLICATION FAILED TO START")
                .doesNotContain("\tat org.springframework");
        String analysis = output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED TO START"));
        assertThat(analysis)
                .contains("Description:", "Action:")
                .contains(property)
                .contains(accepted);
        if (property.endsWith(".address") || property.endsWith(".primary")) {
            assertThat(analysis).doesNotContain("under qmp.defaults");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}
}
