package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.HandshakePhase;
import dev.qmp.QmpClientBuilder;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** The core names an option of its builder; the hint names the property. */
class QmpFailureHintTests {

    @ParameterizedTest
    @CsvSource({
        "a message is longer than 16 bytes (maxMessageSize), max-message-size",
        "'the queue is full (8 commands, queueCapacity)', queue-capacity",
        "'for 10000 ms, and the probe was not answered (livenessTimeout)', liveness-timeout",
        "the peer has read no data for 30000 ms (writeTimeout), write-timeout",
    })
    void input9TheOptionOfALimitLeadsToItsProperty(String message, String property) {
        assertThat(QmpFailureHint.of("vm1", new IllegalStateException(message)))
                .isEqualTo("The property is qmp.connection.vm1." + property + ".");
    }

    @Test
    void input9EveryOptionInAMessageOfTheCoreIsABuilderMethodAndAProperty() throws IOException {
        Set<String> options = optionsInMessages();
        assertThat(options)
                .contains("maxMessageSize", "maxCommandSize", "queueCapacity", "livenessTimeout", "writeTimeout");
        Set<String> setters = Stream.of(QmpClientBuilder.class.getMethods())
                .map(Method::getName)
                .collect(Collectors.toSet());
        Set<String> properties = properties();
        assertThat(options).isSubsetOf(setters).allSatisfy(option -> {
            String hint = QmpFailureHint.of("vm1", new IllegalStateException("a text (" + option + ")"));
            assertThat(hint).startsWith("The property is qmp.connection.vm1.");
            String property = hint.substring("The property is qmp.connection.vm1.".length(), hint.length() - 1);
            assertThat(properties).contains("qmp.defaults." + property);
        });
    }

    /** {@return names in parentheses in the string literals of the core} */
    private static Set<String> optionsInMessages() throws IOException {
        Pattern literal = Pattern.compile("\"[^\"\\n]*\"");
        Pattern option = Pattern.compile("[( ]([a-z]+(?:[A-Z][a-z]+)+)\\)");
        Set<String> options = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("../qmp-core/src/main/java"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                literal.matcher(Files.readString(file))
                        .results()
                        .flatMap(text -> option.matcher(text.group()).results())
                        .forEach(found -> options.add(found.group(1)));
            }
        }
        return options;
    }

    /** {@return the keys in the generated configuration metadata} */
    private static Set<String> properties() throws IOException {
        Set<String> names = new TreeSet<>();
        try (InputStream metadata =
                QmpFailureHint.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            JsonMapper.shared()
                    .readTree(Objects.requireNonNull(metadata))
                    .path("properties")
                    .forEach(property -> names.add(property.path("name").stringValue()));
        }
        return names;
    }

    @Test
    void input9AFailedStartHasTheSameHintsAndNoneThatNeedsTheApplication() {
        assertThat(actionOf(new IllegalStateException("a message is longer than 16 bytes (maxMessageSize)")))
                .startsWith("The property is qmp.connection.vm1.max-message-size.")
                .contains("qmp.connection.vm1.fail-fast");
        assertThat(actionOf(failure(ConnectPhase.TLS, new IllegalStateException("PKIX path building failed"))))
                .contains("truststore of qmp.connection.vm1.ssl.bundle");
        assertThat(actionOf(failure(HandshakePhase.IDENTITY, null)))
                .contains("qmp.connection.vm1.identity-policy=any")
                .contains("qmp.connection.vm1.address")
                .doesNotContain("actuator");
        assertThat(actionOf(failure(ConnectPhase.TRANSPORT, null))).startsWith("Start the machine");
    }

    private static String actionOf(Throwable failure) {
        QmpFailFastException exception = new QmpFailFastException("vm1", Endpoint.tcp("h", 1), failure);
        return Objects.requireNonNull(Objects.requireNonNull(new QmpFailFastFailureAnalyzer().analyze(exception))
                .getAction());
    }

    @ParameterizedTest
    @CsvSource({"no such file", "the guest said (someThing)", "a text (in parentheses)"})
    void aFailureThatNamesNoOptionHasNoHint(String message) {
        assertThat(QmpFailureHint.of("vm1", new IllegalStateException(message))).isNull();
    }

    @Test
    void input30AnotherMachineLeadsToThePropertyAndToTheEndpoint() {
        assertThat(QmpFailureHint.of("vm1", failure(HandshakePhase.IDENTITY, null)))
                .contains("qmp.connection.vm1.identity-policy=any")
                .contains("POST /actuator/qmp/vm1")
                .contains("management.endpoint.qmp.access=unrestricted")
                .contains("QmpClients");
    }

    @Test
    void input39AnUntrustedCertificateLeadsToTheTruststore() {
        Throwable root =
                new IllegalStateException("PKIX path building failed: unable to find valid certification path");
        assertThat(Objects.requireNonNull(QmpFailureHint.of("vm1", failure(ConnectPhase.TLS, root))))
                .contains("truststore of qmp.connection.vm1.ssl.bundle")
                .contains("authority");
    }

    @Test
    void aCertificateForAnotherHostLeadsToTheAddress() {
        assertThat(Objects.requireNonNull(QmpFailureHint.of(
                        "vm1", failure(ConnectPhase.TLS, new CertificateException("No name matching vm1 found")))))
                .contains("qmp.connection.vm1.address")
                .contains("valid for the host");
    }

    @Test
    void aFailureOfTlsWithoutACertificateLeadsToTls() {
        assertThat(Objects.requireNonNull(QmpFailureHint.of("vm1", failure(ConnectPhase.TLS, null))))
                .contains("qmp.connection.vm1.ssl.enabled=false")
                .doesNotContain("certificate");
    }

    private static QmpConnectException failure(ConnectPhase phase, Throwable cause) {
        return new QmpConnectException(phase, false, "failed", cause);
    }
}
