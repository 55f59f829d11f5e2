package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.qmp.HandshakePhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnectionProperties;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.StandardEnvironment;

/** Text of the configuration, of file names and of machines: shown on one line, and without control characters. */
@ExtendWith(OutputCaptureExtension.class)
class OutsideTextTests {

    private static final String EVIL = "a\n2026-01-01 ERROR forged\u001b-";
    private static final String ESCAPED = "a\\u000A2026-01-01 ERROR forged\\u001B-";
    private static final String SOCKET = "unix:/run/" + EVIL;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, QmpAutoConfiguration.class))
            .withPropertyValues("qmp.defaults.auto-startup=false");

    static Stream<Arguments> shown() {
        IllegalStateException failure = new IllegalStateException("because of " + EVIL);
        InvalidQmpPropertyException invalid =
                new InvalidQmpPropertyException("qmp.connection." + EVIL, EVIL, "not " + EVIL, "no " + EVIL);
        QmpFailFastException failFast = new QmpFailFastException(EVIL, Endpoint.parse(SOCKET), failure);
        QmpConnectException another = new QmpConnectException(HandshakePhase.IDENTITY, false, EVIL, null);
        FailureAnalysis ofInvalid = Objects.requireNonNull(
                new InvalidQmpPropertyFailureAnalyzer(new StandardEnvironment()).analyze(invalid));
        FailureAnalysis ofFailFast = Objects.requireNonNull(new QmpFailFastFailureAnalyzer().analyze(failFast));
        return Stream.of(
                Arguments.of("a property that cannot be used", invalid.getMessage()),
                Arguments.of("its name", invalid.getProperty()),
                Arguments.of("its value", invalid.getValue()),
                Arguments.of("the reason", invalid.getReason()),
                Arguments.of("what it accepts", invalid.getAccepted()),
                Arguments.of("the analysis' value", line(ofInvalid.getDescription(), "Value: ")),
                Arguments.of("the analysis' reason", line(ofInvalid.getDescription(), "Reason: ")),
                Arguments.of("the analysis' action", ofInvalid.getAction()),
                Arguments.of("a session that the start needs", failFast.getMessage()),
                Arguments.of("its analysis", ofFailFast.getDescription()),
                Arguments.of("its action", ofFailFast.getAction()),
                Arguments.of("a failure to connect", another.getMessage()),
                Arguments.of("a hint", QmpFailureHint.of(EVIL, another)));
    }

    private static String line(String description, String label) {
        return description
                .substring(description.indexOf(label))
                .lines()
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shown")
    void input24TextFromOutsideIsEscaped(String what, String text) {
        assertEscaped(text);
    }

    static Stream<Arguments> configurations() {
        return Stream.of(
                Arguments.of("a name", "qmp.connection[" + EVIL + "].address=tcp:localhost:1"),
                Arguments.of("an address", "qmp.connection.vm1.address=tcp:" + EVIL + ":x"),
                Arguments.of("a bundle", "qmp.connection.vm1.ssl.bundle=" + EVIL));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void input24AConfigurationForgesNoLineOfTheStartUpMessage(String what, String property) {
        runner.withPropertyValues("qmp.connection.vm1.address=tcp:localhost:1", property)
                .run(context -> assertEscaped(rootMessage(context.getStartupFailure())));
    }

    @Test
    void input24BundlesThatExistAreNamedEscaped() {
        runner.withPropertyValues(
                        "spring.ssl.bundle.pem[" + EVIL + "].truststore.certificate=ca.pem",
                        "qmp.connection.vm1.address=tcp:localhost:1",
                        "qmp.connection.vm1.ssl.bundle=none")
                .run(context -> assertEscaped(rootMessage(context.getStartupFailure())));
    }

    @Test
    void input24ADiscoveryFolderIsNamedEscaped(@TempDir Path folder, CapturedOutput output) {
        Path odd = folder.resolve(EVIL);
        runner.withPropertyValues("qmp.discovery.directory=" + odd)
                .run(context -> assertThat(context).hasNotFailed());
        assertEscaped(output.getAll()
                .lines()
                .filter(line -> line.contains("qmp.discovery.directory"))
                .findFirst()
                .orElseThrow());
        runner.withPropertyValues("qmp.discovery.directory=/run/x\0y").run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(InvalidQmpPropertyException.class)
                .hasMessageContaining("qmp.discovery.directory is '/run/x\\u0000y'")
                .hasMessageContaining("it is not a path"));
    }

    @Test
    void input24AnAddressThatIsTakenIsNamedEscaped() {
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            clients.add("vm1", QmpConnectionProperties.ofAddress(SOCKET));
            assertEscaped(catchThrowable(() -> clients.add("vm2", QmpConnectionProperties.ofAddress(SOCKET)))
                    .getMessage());
        });
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    private static void assertEscaped(String text) {
        assertThat(text).contains(ESCAPED).doesNotContain("\n").doesNotContain("\u001b");
    }
}
