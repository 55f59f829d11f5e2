package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpClients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** A key under {@code qmp} that does not exist stops the start; variables of other programs do not. */
@ExtendWith(OutputCaptureExtension.class)
class UnknownKeysTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.defaults.auto-startup=false", "qmp.connection.vm1.address=tcp:localhost:1");

    @ParameterizedTest
    @CsvSource({
        "qmp.connection.vm1.comand-timeout, qmp.connection.vm1.command-timeout",
        "qmp.connection.vm1.comandTimeout, qmp.connection.vm1.command-timeout",
        "qmp.connections.vm1.address, qmp.connection.vm1.address",
        "qmp.conection.vm-2.adress, qmp.connection.vm-2.address",
        "qmp.connection.vm1.negotiat, qmp.connection.vm1.negotiate",
        "qmp.connection.vm1.reconnect.max-dealy, qmp.connection.vm1.reconnect.max-delay",
        "qmp.connection.vm1.max-delay, qmp.connection.vm1.reconnect.max-delay",
        "qmp.connection.vm1.bundle, qmp.connection.vm1.ssl.bundle",
        "qmp.command-timeout, qmp.connection.<name>.command-timeout",
        "qmp.default.fail-fast, qmp.defaults.fail-fast",
        "qmp.health.guest-status.enable, qmp.health.guest-status.enabled",
        "qmp.discovery.directry, qmp.discovery.directory",
        "qmp.health.guest-status.down.extra, qmp.health.guest-status.down",
        "qmp.connection.vm1.address.extra, qmp.connection.vm1.address",
    })
    void input35AKeyThatDoesNotExistStopsTheStartAndNamesTheNearest(String key, String nearest) {
        runner.withPropertyValues(key + "=secret").run(context -> assertThat(context)
                .getFailure()
                .isInstanceOf(UnknownQmpKeysException.class)
                .message()
                .containsIgnoringCase("Property " + key)
                .contains("does not exist")
                .contains(nearest)
                .doesNotContain("secret"));
    }

    @Test
    void input35AKeyLikeNoOtherIsAnsweredWithThoseOfItsGroup() {
        runner.withPropertyValues("qmp.connection.vm1.reconnect.xyzzy=1").run(context -> assertThat(context)
                .getFailure()
                .hasMessageContaining("enabled, initial-delay, jitter, max-delay, multiplier"));
    }

    @Test
    void input35AValueInThePlaceOfAGroupStopsTheStart() {
        runner.withPropertyValues("qmp.connection.vm2=unix:/run/vm2.qmp").run(context -> assertThat(context)
                .getFailure()
                .hasMessageContaining("write the address under qmp.connection.vm2.address"));
        runner.withPropertyValues("qmp.defaults.reconnect=true").run(context -> assertThat(context)
                .getFailure()
                .hasMessageContaining("qmp.defaults.reconnect")
                .hasMessageContaining("only keys below it"));
    }

    @Test
    void anAddressInThePlaceOfAConnectionWithKeysStopsTheStart() {
        runner.withPropertyValues("qmp.connection.vm1=tcp:localhost:2", "qmp.connection.vm1.commands.allow=read-only")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasMessageContaining("write the address under qmp.connection.vm1.address"));
    }

    @Test
    void aValueInThePlaceOfAConnectionOrAnEmptyGroupReplacesNoKeysBelowIt() {
        runner.withInitializer(context -> variables(context, Map.of("QMP_CONNECTION_VM1", "tcp:localhost:2")))
                .withPropertyValues("qmp.connection.vm1.command-timeout=7s", "qmp.defaults.connect-timeout=9s")
                .run(this::assertTimeouts);
        runner.withPropertyValues(
                        "qmp.connection.vm1=",
                        "qmp.connection.vm1.command-timeout=7s",
                        "qmp.defaults=",
                        "qmp.defaults.connect-timeout=9s")
                .run(this::assertTimeouts);
    }

    private void assertTimeouts(AssertableApplicationContext context) {
        assertThat(context).hasNotFailed();
        QmpClient vm1 = context.getBean(QmpClient.class);
        assertThat(vm1.endpoint()).hasToString("tcp:localhost:1");
        assertThat(vm1.options().commandTimeout()).hasSeconds(7);
        assertThat(vm1.options().protocol().connectTimeout()).hasSeconds(9);
    }

    @Test
    void input35AllMistakesAreListedAtOnceWithFileAndLine(@TempDir Path folder, CapturedOutput output)
            throws IOException {
        Path file = Files.writeString(
                folder.resolve("application.yml"),
                """
                qmp:
                  connection:
                    vm1:
                      address: tcp:localhost:1
                      comand-timeout: 5s
                  conections:
                    vm2:
                      address: tcp:localhost:2
                """);
        Throwable failure = catchThrowable(() -> new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run("--spring.config.location=" + file.toUri())
                .close());
        assertThat(failure).isNotNull();
        assertThat(output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED TO START")))
                .containsPattern("qmp.connection.vm1.comand-timeout \\(.*application.yml] - 5:23\\)")
                .containsPattern("qmp.conections.vm2.address \\(.*application.yml] - 8:16\\)")
                .contains("did you mean qmp.connection.vm1.command-timeout?")
                .contains("did you mean qmp.connection.vm2.address?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qmp.connection.vm1.commandTimeout=5s",
                "qmp.connection.vm1.command_timeout=5s",
                "qmp.connection.vm1.COMMAND-TIMEOUT=5s",
                "qmp.connection.vm1.reconnect.maxDelay=5s",
                "qmp.connection[vm1].queue-capacity=7",
                "qmp.health.guest-status.down[0]=paused",
                "qmp.health.guestStatus.down=paused",
                "qmp.connection.vm1=",
                "qmpx.connection.vm1.nonsense=1"
            })
    void input35SpellingsThatBootBindsAndEmptyGroupsAreNoMistakes(String property) {
        runner.withPropertyValues(property)
                .run(context -> assertThat(context).hasNotFailed().hasBean("vm1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "QMP_HOME",
                "QMP_TESTS_REQUIRE",
                "QMP_PORT_4444_TCP_ADDR",
                "QMP_CONNECTION_PORT",
                "QMP_CONNECTION_SERVICE_HOST",
                "QMP_CONNECTION_PORT_4444_TCP_PROTO",
                "QMP_DEFAULTS_PORT"
            })
    void input35VariablesOfOtherProgramsStopNothing(String variable) {
        runner.withInitializer(context -> variables(context, Map.of(variable, "tcp://10.0.0.1:4444")))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm1");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "QMP_CONNECTION_VM_2_COMMAND_TIMEOUT",
                "QMP_CONNECTION_VM2_COMMANDTIMEOUT",
                "QMP_CONNECTION_VM_2_RECONNECT_MAX_DELAY",
                "QMP_CONNECTION_VM_2_COMMANDS_ALLOW_0",
                "QMP_CONNECTION_VM1_COMMAND_TIMEOUT",
                "QMP_CONNECTION_VM1_COMMANDTIMEOUT",
                "qmp_connection_vm2_commandtimeout",
                "QMP_DEFAULTS_COMMAND_TIMEOUT",
                "QMP_DEFAULTS_COMMANDTIMEOUT"
            })
    void input35AVariableThatFitsAKeyIsNotComplainedAbout(String variable, CapturedOutput output) {
        runner.withInitializer(context -> variables(context, Map.of(variable, "40s")))
                .withPropertyValues("qmp.connection.vm-2.address=tcp:localhost:2")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output).doesNotContain("is ignored");
    }

    @ParameterizedTest
    @CsvSource({
        "QMP_CONNECTION_VM2_COMMAND_TIMEOUT, QMP_CONNECTION_VM2_COMMANDTIMEOUT",
        "QMP_CONNECTION_VM_2_COMMANDTIMEOUT, QMP_CONNECTION_VM2_COMMANDTIMEOUT",
        "QMP_CONNECTION_VM2_RECONNECT_MAX_DELAY, QMP_CONNECTION_VM2_RECONNECT_MAXDELAY",
        "QMP_CONNECTION_VM_1_COMMAND_TIMEOUT, QMP_CONNECTION_VM1_COMMANDTIMEOUT",
        "QMP_CONNECTION_VM1_MAX_INFLIGHT, QMP_CONNECTION_VM1_MAXINFLIGHT",
        "QMP_DEFAULTS_MAXIN_FLIGHT, QMP_DEFAULTS_MAXINFLIGHT"
    })
    void aVariableThatMixesTwoFormsIsLogged(String variable, String form, CapturedOutput output) {
        runner.withInitializer(context -> variables(context, Map.of(variable, "40s")))
                .withPropertyValues("qmp.connection.vm-2.address=tcp:localhost:2")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output)
                .containsOnlyOnce(variable + "\"")
                .contains("is ignored; write " + form + System.lineSeparator());
    }

    @Test
    void anAddressInAVariableThatMixesTwoFormsStopsTheStart() {
        runner.withInitializer(context -> variables(context, Map.of("QMP_CONNECTION_R1_VM2_ADDRESS", "unix:/run/vm2")))
                .withPropertyValues("qmp.connection.r1-vm-2.address=tcp:localhost:2")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasMessageContaining("QMP_CONNECTION_R1_VM2_ADDRESS")
                        .hasMessageContaining("write QMP_CONNECTION_R1VM2_ADDRESS"));
    }

    /** Spring reads both forms, and takes one of them. */
    @ParameterizedTest
    @ValueSource(strings = {"ADDRESS", "PROTOCOL"})
    void bothFormsOfOneVariableAreLogged(String key, CapturedOutput output) {
        Object value = key.equals("ADDRESS") ? "tcp:localhost:3" : "qmp";
        Map<String, Object> both = Map.of("QMP_CONNECTION_VM2_" + key, value, "QMP_CONNECTION_VM_2_" + key, value);
        runner.withInitializer(context -> variables(context, both))
                .withPropertyValues("qmp.connection.vm-2.address=tcp:localhost:2")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output)
                .containsOnlyOnce("\"QMP_CONNECTION_VM_2_" + key + "\" from property source \"systemEnvironment\" is"
                        + " overridden by \"QMP_CONNECTION_VM2_" + key + "\"")
                .doesNotContain("is ignored");
    }

    @Test
    void input35AVariableThatFitsNoKeyIsLogged(CapturedOutput output) {
        runner.withInitializer(context -> variables(context, Map.of("QMP_CONNECTION_VM1_COMAND_TIMEOUT", "1s")))
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output).containsOnlyOnce("QMP_CONNECTION_VM1_COMAND_TIMEOUT").contains("matches no key");
    }

    @Test
    void input35AnAddressInAVariableThatNamesNoConnectionStopsTheStart() {
        runner.withInitializer(context -> variables(context, Map.of("QMP_CONNECTION_VM_2_ADDRESS", "unix:/run/vm2")))
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasMessageContaining("QMP_CONNECTION_VM_2_ADDRESS")
                        .hasMessageContaining("letters and digits"));
    }

    @Test
    void input35UnknownKeysAreOnlyLoggedIfTheConfigurationSaysSo(CapturedOutput output) {
        runner.withInitializer(context -> variables(context, Map.of("QMP_CONNECTION_VM_2_ADDRESS", "unix:/run/vm2")))
                .withPropertyValues(
                        "qmp.ignore-unknown-keys=true",
                        "qmp.company.team=secret",
                        "qmp.connection.vm1.comand-timeout=1s")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(QmpClients.class).names()).contains("vm1");
                });
        assertThat(output)
                .containsOnlyOnce("Ignored. Property qmp.company.team")
                .containsOnlyOnce("Property qmp.connection.vm1.comand-timeout")
                .contains("did you mean qmp.connection.vm1.command-timeout?")
                .containsOnlyOnce("QMP_CONNECTION_VM_2_ADDRESS\"")
                .doesNotContain("secret");
    }

    @Test
    void input24AKeyWithALineFeedForgesNoLineOfTheMessage() {
        runner.withPropertyValues("qmp.connection.vm1.x[a\nFORGED \u001b[2J]=1").run(context -> assertThat(context)
                .getFailure()
                .isInstanceOf(UnknownQmpKeysException.class)
                .message()
                .doesNotContain("\n", "\u001b"));
    }

    @Test
    void theKnownKeysAreThoseOfTheMetadata() throws IOException {
        List<String> documented = ConfigurationMetadataTests.properties().keySet().stream()
                .filter(name -> name.startsWith("qmp.") && !name.equals("qmp.connection"))
                .map(name -> name.substring("qmp.".length()))
                .toList();
        assertThat(KnownKey.root().values().keySet())
                .filteredOn(name -> !name.startsWith("connection."))
                .containsExactlyInAnyOrderElementsOf(documented);
    }

    private static void variables(ConfigurableApplicationContext context, Map<String, Object> variables) {
        context.getEnvironment()
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}
}
