package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.ConnectMode;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnectionProperties;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The constructor refuses what the builder refuses, before any client is built. */
class QmpConnectionSettingsTests {

    private static final ApplicationContextRunner RUNNER =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class));

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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    unix:${RUN_DIR}/vm1.qmp | the placeholder ${RUN_DIR} has no value
                    tcp:${VM_HOST}:4444     | the placeholder ${VM_HOST} has no value
                    tcp:localhost:0         | port 0 lets the system choose a port to listen on
                    """)
    void anAddressThatCanNeverBeDialledStopsTheStart(String address, String reason) {
        RUNNER.withPropertyValues("qmp.connection.vm1.address=" + address).run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(InvalidQmpPropertyException.class)
                .message()
                .startsWith("Property qmp.connection.vm1.address is '" + address + "'")
                .contains(reason));
    }

    @Test
    void aCustomizerMayLetAClientListenOnAPortOfTheSystem() {
        QmpClientBuilderCustomizer listens = (name, builder) -> builder.mode(ConnectMode.LISTEN);
        RUNNER.withBean(QmpClientBuilderCustomizer.class, () -> listens)
                .withPropertyValues(
                        "qmp.connection.vm1.address=tcp:localhost:0", "qmp.connection.vm1.auto-startup=false")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void anAddressThatTheApplicationGivesMayLookLikeAPlaceholder() {
        RUNNER.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            assertThat(clients.add("vm1", "unix:/run/${vm}.qmp").endpoint()).hasToString("unix:/run/${vm}.qmp");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock = """
                    unix: /run/vm1.qmp | whitespace follows 'unix:'
                    """)
    void anAddressThatCanNeverBeDialledIsRefused(String address, String reason) {
        assertThatExceptionOfType(InvalidQmpPropertyException.class)
                .isThrownBy(() -> settings(QmpConnectionProperties.ofAddress(address)))
                .withMessageStartingWith("Property qmp.connection.vm1.address is '" + address + "'")
                .withMessageContaining(reason);
    }

    @Test
    void port0IsForAClientThatListens() {
        QmpConnectionProperties properties = QmpConnectionProperties.ofAddress("tcp:localhost:0");
        properties.setMode(ConnectMode.LISTEN);
        assertThat(settings(properties).endpoint()).hasToString("tcp:localhost:0");
    }

    /** An unset variable gives an empty text: {@code ${BUNDLE:}}. */
    @Test
    void aBlankBundleCountsAsNone() {
        QmpConnectionProperties properties = bound("ssl.bundle", " ");
        properties.setAddress("tcp:localhost:1");
        assertThat(settings(properties).isTls()).isFalse();
        QmpConnectionSettings withDefault =
                new QmpConnectionSettings("vm1", properties, bound("ssl.bundle", "qemu"), null, null);
        assertThat(withDefault.isTls()).isTrue();
        assertThat(withDefault.sslBundle()).isEqualTo("qemu");
    }

    private static QmpConnectionSettings settings(QmpConnectionProperties own) {
        return new QmpConnectionSettings("vm1", own, new QmpConnectionProperties(), null, null);
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
