package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.spring.QmpConnectionProperties;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The constructor refuses what the builder refuses, before any client is built. */
class QmpConnectionSettingsTests {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    connect-timeout         | 0s      | connectTimeout must be positive          | a positive duration
                    liveness-timeout        | -1s     | livenessTimeout must be positive or zero | positive or zero
                    max-in-flight           | 0       | maxInFlight must be positive             | 1 or more
                    queue-capacity          | -1      | queueCapacity must be positive           | 1 or more
                    queue-capacity          | 2000001 | queueCapacity must be from 1 to 2000000  | from 1 to 2000000
                    max-message-size        | 0B      | maxMessageSize must be positive          | from 1B to 2047MB
                    max-command-size        | -8GB    | maxCommandSize must be positive          | from 1B to 2047MB
                    max-command-size        | 2GB     | it is out of range                       | from 1B to 2047MB
                    reconnect.initial-delay | 0s      | initialDelay must be positive            | a positive duration
                    reconnect.multiplier    | 0.5     | multiplier must be 1.0 or more           | 1.0 or more
                    reconnect.jitter        | 1.5     | jitter must be from 0.0 to 1.0           | from 0.0 to 1.0
                    reconnect.max-delay     | 99ms    | maxDelay must be at least initialDelay   | at least initial-delay
                    """)
    void aValueThatTheBuilderRefusesIsRefusedWithItsKey(String key, String value, String reason, String accepted) {
        QmpConnectionProperties address = QmpConnectionProperties.ofAddress("tcp:localhost:1");
        QmpConnectionProperties odd = bound(key, value);
        assertRefused("qmp.defaults." + key, reason, accepted, address, odd);
        odd.setAddress(address.getAddress());
        assertRefused("qmp.connection.vm1." + key, reason, accepted, odd, new QmpConnectionProperties());
    }

    private static void assertRefused(
            String property,
            String reason,
            String accepted,
            QmpConnectionProperties own,
            QmpConnectionProperties defaults) {
        assertThatExceptionOfType(InvalidQmpPropertyException.class)
                .isThrownBy(() -> new QmpConnectionSettings("vm1", own, defaults, null, null))
                .withMessageMatching("Property " + property + " is '.+', which cannot be used: " + reason)
                .satisfies(refused -> assertThat(refused.getAccepted()).contains(accepted));
    }

    private static QmpConnectionProperties bound(String key, String value) {
        return new Binder(new MapConfigurationPropertySource(Map.of("qmp." + key, value)))
                .bind("qmp", Bindable.of(QmpConnectionProperties.class))
                .get();
    }
}
