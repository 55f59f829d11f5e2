package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnectionProperties;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Missing arguments of the programming interface are refused by name, and change nothing. */
class MisuseTests {

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class));

    @Test
    void theRegistryRefusesMissingArgumentsByName() {
        runner.run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            refuses("name", () -> clients.find(null));
            refuses("name", () -> clients.get(null));
            refuses("name", () -> clients.remove(null));
            refuses("listener", () -> clients.addListener(null));
            refuses("properties", () -> clients.add("vm1", (QmpConnectionProperties) null));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> clients.add(null, "unix:/tmp/none.qmp"))
                    .withMessageContaining("name");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> clients.add(" ", "unix:/tmp/none.qmp"))
                    .withMessageContaining("name");
            assertThat(clients.names()).isEmpty();
        });
    }

    private static void refuses(String parameter, ThrowingCallable call) {
        assertThatExceptionOfType(NullPointerException.class).isThrownBy(call).withMessage(parameter);
    }
}
