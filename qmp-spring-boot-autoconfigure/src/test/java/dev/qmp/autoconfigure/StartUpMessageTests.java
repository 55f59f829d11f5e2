package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.qmp.QmpClient;
import dev.qmp.agent.GuestAgent;
import dev.qmp.spring.QmpConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the failure analysis of a start has: the value as written, its place, and what to do. */
@ExtendWith(OutputCaptureExtension.class)
class StartUpMessageTests {

    @Test
    void input39AValueIsShownAsWrittenWithFileAndLine(@TempDir Path folder, CapturedOutput output) throws IOException {
        Path file = Files.writeString(
                folder.resolve("application.yml"),
                """
                qmp:
                  connection:
                    vm1:
                      address: tcp:localhost:1
                      command-timeout: -5s
                """);
        assertThat(analysis(Application.class, output, "--spring.config.location=" + file.toUri()))
                .contains("qmp.connection.vm1.command-timeout")
                .contains("Value: -5s")
                .containsPattern("Origin: .*application.yml] - 5:24")
                .contains("Reason: commandTimeout must be positive" + System.lineSeparator())
                .doesNotContain("PT-5S");
    }

    @Test
    void input39ADurationInTheMessageItselfIsReadable() {
        assertThat(new InvalidQmpPropertyException("qmp.x", java.time.Duration.ofSeconds(-5), "it is odd", "5s"))
                .hasMessageContaining("'-5s'");
    }

    @Test
    void input39AnUnknownSslBundleIsAnsweredWithThoseThatExist(CapturedOutput output) {
        assertThat(analysis(
                        WithSsl.class,
                        output,
                        "--qmp.connection.vm1.address=tcp:localhost:1",
                        "--qmp.connection.vm1.ssl.bundle=qmeu",
                        "--spring.ssl.bundle.pem.qemu.truststore.certificate=ca.pem"))
                .contains("Value: qmeu")
                .contains("[qemu]");
    }

    @Test
    void input35AClientWithoutAnyConnectionNamesWhatToConfigure(CapturedOutput output) {
        assertThat(analysis(WithClient.class, output))
                .contains("no connection is configured")
                .contains("qmp.connection.<name>.address")
                .contains("QmpClients");
    }

    @Test
    void input35OneClientOfSeveralNamesHowToChoose(CapturedOutput output) {
        assertThat(analysis(
                        WithClient.class,
                        output,
                        "--qmp.connection.vm1.address=tcp:localhost:1",
                        "--qmp.connection.vm2.address=tcp:localhost:2"))
                .contains("[vm1, vm2]")
                .contains("@QmpConnection")
                .contains("primary");
    }

    @Test
    void input35AWrongNameIsAnsweredWithTheNamesOfTheConnections(CapturedOutput output) {
        String[] connections = {
            "--qmp.connection.vm1.address=tcp:localhost:1",
            "--qmp.connection.agent1.address=tcp:localhost:2",
            "--qmp.connection.agent1.protocol=guest-agent"
        };
        assertThat(analysis(WithWrongClient.class, output, connections))
                .contains("required a QmpClient, but no connection has that name. The connections are: vm1, agent1.");
        assertThat(analysis(WithWrongAgent.class, output, connections))
                .contains("required a GuestAgent, but no connection to a guest agent has that name."
                        + " The guest agents are: agent1.");
    }

    @Test
    void aClientWithoutTheAutoConfigurationNamesIt(CapturedOutput output) {
        assertThat(analysis(WithoutAutoConfiguration.class, output, "--qmp.connection.vm1.address=tcp:localhost:1"))
                .contains("required a QmpClient, and QmpAutoConfiguration is not active.")
                .contains("@ImportAutoConfiguration(QmpAutoConfiguration.class)");
    }

    private static String analysis(Class<?> application, CapturedOutput output, String... arguments) {
        Throwable failure = catchThrowable(() -> new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .run(arguments)
                .close());
        assertThat(failure).isNotNull();
        return output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED TO START"));
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        QmpAutoConfiguration.class,
        org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration.class
    })
    static class WithSsl {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class WithClient {

        @Bean
        String status(QmpClient machine) {
            return machine.name();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class WithoutAutoConfiguration {

        @Bean
        String status(QmpClient machine) {
            return machine.name();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class WithWrongClient {

        @Bean
        String status(@QmpConnection("vm3") QmpClient machine) {
            return machine.name();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class WithWrongAgent {

        @Bean
        String status(@QmpConnection("vm1") GuestAgent agent) {
            return agent.toString();
        }
    }
}
