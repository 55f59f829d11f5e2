package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The core names an option of its builder; the hint names the property. */
class QmpFailureHintTests {

    @ParameterizedTest
    @CsvSource({
        "a message is longer than 16 bytes (maxMessageSize), max-message-size",
        "'the queue is full (8 commands, queueCapacity)', queue-capacity",
        "'for 10000 ms, and the probe was not answered (livenessTimeout)', liveness-timeout",
        "the peer took nothing in for 30000 ms (writeTimeout), write-timeout",
    })
    void input9TheOptionOfALimitLeadsToItsProperty(String message, String property) {
        assertThat(QmpFailureHint.of("vm1", new IllegalStateException(message)))
                .isEqualTo("The property is qmp.connection.vm1." + property + ".");
    }

    @ParameterizedTest
    @CsvSource({"no such file", "the guest said (someThing)", "a text (in parentheses)"})
    void aFailureThatNamesNoOptionHasNoHint(String message) {
        assertThat(QmpFailureHint.of("vm1", new IllegalStateException(message))).isNull();
    }

    @Test
    void input30AnotherMachineLeadsToThePropertyAndToTheEndpoint() {
        assertThat(QmpFailureHint.of("vm1", failure(ConnectPhase.IDENTITY, null)))
                .contains("qmp.connection.vm1.identity-policy=any")
                .contains("POST /actuator/qmp/vm1")
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

    private static QmpConnectException failure(ConnectPhase phase, Throwable cause) {
        return new QmpConnectException(phase, false, "failed", cause);
    }
}
