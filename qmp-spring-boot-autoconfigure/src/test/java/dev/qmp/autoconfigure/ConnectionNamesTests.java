package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.error.Text;
import dev.qmp.spring.QmpClients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** However a connection's name is written, and in how many places: it is one connection, under one name. */
class ConnectionNamesTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
            .withPropertyValues("qmp.defaults.auto-startup=false");

    @ParameterizedTest(name = "{0} is of the connection in the file")
    @ValueSource(strings = {"QMP_CONNECTION_VM_2_COMMAND_TIMEOUT", "QMP_CONNECTION_VM2_COMMANDTIMEOUT"})
    void aVariableIsOfTheConnectionInTheFileHoweverItsDashesAreWritten(String variable) {
        runner.withInitializer(context -> variables(context, Map.of(variable, "1s")))
                .withPropertyValues("qmp.connection.vm-2.address=tcp:localhost:2")
                .run(context -> {
                    assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm-2");
                    assertThat(commandTimeout(context.getBean(QmpProperties.class)))
                            .isEqualTo(Duration.ofSeconds(1));
                });
    }

    @Test
    void aConnectionMayComeFromVariablesAlone() {
        runner.withInitializer(context -> variables(
                        context,
                        Map.of(
                                "QMP_CONNECTION_VM1_ADDRESS",
                                "tcp:localhost:1",
                                "QMP_CONNECTION_VM1_COMMAND_TIMEOUT",
                                "1s")))
                .withPropertyValues("qmp.connection.vm-2.address=tcp:localhost:2")
                .run(context ->
                        assertThat(context.getBean(QmpClients.class).names()).containsExactlyInAnyOrder("vm1", "vm-2"));
    }

    @Test
    void aVariableMayMakeAConnectionPrimary() {
        runner.withInitializer(context -> variables(context, Map.of("QMP_CONNECTION_VM_2_PRIMARY", "true")))
                .withPropertyValues(
                        "qmp.connection.vm1.address=tcp:localhost:1", "qmp.connection.vm-2.address=tcp:localhost:2")
                .run(context -> assertThat(context.getBean(QmpClient.class)).isSameAs(context.getBean("vm-2")));
    }

    @ParameterizedTest
    @CsvSource({"r1-11, r11-1", "vm-1-1, vm-11", "VM1, vm1", "vm_1, vm1"})
    void twoMachinesOfOneSourceWhoseNamesDifferInDashesOnlyStopTheStart(String first, String second) {
        runner.withPropertyValues(
                        "qmp.connection." + first + ".address=tcp:localhost:1",
                        "qmp.connection." + second + ".address=tcp:localhost:2")
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidQmpPropertyException.class)
                        .message()
                        .contains("qmp.connection." + first + ".address")
                        .contains("qmp.connection." + second + ".address")
                        .contains("differ only in dashes, underscores and case"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vm1", "VM1"})
    void oneNameWithBracketsAndWithoutStopsTheStart(String name) {
        runner.withPropertyValues(
                        "qmp.connection." + name + ".address=tcp:localhost:1",
                        "qmp.connection[" + name + "].address=tcp:localhost:2")
                .run(context ->
                        assertThat(context).getFailure().message().contains("the names differ only in brackets"));
    }

    @Test
    void aSourceMayHaveAKeyThatIsNull() {
        Map<String, Object> odd = new HashMap<>();
        odd.put(null, "nothing");
        runner.withInitializer(context -> source(context, odd))
                .withPropertyValues("qmp.connection.vm1.address=tcp:localhost:1")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-vm1",
                "b\u00fcro",
                "rack/vm",
                "vm@1",
                "db:1",
                "a b",
                "\u4eee\u60f3",
                "_",
                "vm\u0131",
                "vm\n1",
                "\u00c4"
            })
    void aNameThatWouldLoseCharactersStopsTheStart(String name) {
        String key = "qmp.connection." + name + ".address";
        runner.withInitializer(context -> source(context, Map.of(key, "tcp:localhost:1")))
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidQmpPropertyException.class)
                        .hasMessage(Text.printable("Property " + key + ": the name '" + name
                                + "' would lose characters: write it in brackets: \"[" + name + "]\"")));
    }

    @Test
    void aConnectionWithoutANameStopsTheStart() {
        runner.withInitializer(context -> source(context, Map.of("qmp.connection..address", "tcp:localhost:1")))
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasMessage("Property qmp.connection..address: the connection has no name"));
    }

    @Test
    void aNameInBracketsKeepsAllCharacters() {
        runner.withInitializer(context -> source(
                        context,
                        Map.of(
                                "qmp.connection[b\u00fcro].address", "tcp:localhost:1",
                                "qmp.connection.[b\u00e4ro].address", "tcp:localhost:2",
                                "qmp.connection[a.b/c d@1].address", "tcp:localhost:3",
                                "qmp.connection.bro.address", "tcp:localhost:4",
                                "QMP.Connection.vm_1.address", "tcp:localhost:5")))
                .run(context -> assertThat(context.getBean(QmpClients.class).names())
                        .containsExactlyInAnyOrder("b\u00fcro", "b\u00e4ro", "a.b/c d@1", "bro", "vm_1"));
    }

    @Test
    void anOptionOfTheCommandLineIsCheckedAndOtherKeysAreNot() {
        runner.withInitializer(context -> {
                    source(context, Map.of("qmp2.connection.b\u00fcro.address", "x", "q.\u00fc", "y"));
                    context.getEnvironment()
                            .getPropertySources()
                            .addFirst(new SimpleCommandLinePropertySource("--qmp.connection.vm1.address=tcp:h:1"));
                })
                .run(context -> assertThat(context).hasNotFailed());
        runner.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new SimpleCommandLinePropertySource("--qmp.connection.vm+1.address=tcp:h:1")))
                .run(context -> assertThat(context).getFailure().hasMessageContaining("\"[vm+1]\""));
    }

    @Test
    void whatOverridesASettingDoesNotRenameTheConnection() {
        runner.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addLast(new MapPropertySource(
                                "file",
                                Map.of(
                                        "qmp.connection.vm-2.address", "tcp:localhost:2",
                                        "qmp.connection.vm-2.primary", "true"))))
                .withPropertyValues("qmp.connection.vm2.command-timeout=1s")
                .run(context -> {
                    assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm-2");
                    assertThat(context.getBean(QmpClient.class)).isSameAs(context.getBean("vm-2"));
                });
    }

    @Test
    void twoConnectionsCannotHaveOneAddress() {
        runner.withPropertyValues(
                        "qmp.connection.vm1.address=tcp:localhost:1", "qmp.connection.vm2.address=tcp:localhost:1")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidQmpPropertyException.class)
                        .hasMessageContaining("qmp.connection.vm2.address")
                        .hasMessageContaining("connection 'vm1' has it already"));
    }

    @Test
    void input37TwoSpellingsOfOneSocketStopTheStartAndBothAreNamed(@TempDir Path folder) throws IOException {
        Path run = Files.createDirectory(folder.resolve("run"));
        Files.createSymbolicLink(folder.resolve("link"), run);
        Files.createSymbolicLink(folder.resolve("alias.qmp"), run.resolve("vm1.qmp"));
        for (String spelling : List.of("run/../run/vm1.qmp", "link/vm1.qmp", "alias.qmp")) {
            runner.withPropertyValues(
                            "qmp.connection.vm1.address=unix:" + run.resolve("vm1.qmp"),
                            "qmp.connection.vm2.address=unix:" + folder.resolve(spelling))
                    .run(context -> assertThat(context)
                            .getFailure()
                            .rootCause()
                            .isInstanceOf(InvalidQmpPropertyException.class)
                            .hasMessageContaining("qmp.connection.vm2.address")
                            .hasMessageContaining(spelling)
                            .hasMessageContaining("connection 'vm1' has it already, spelled unix:" + run + "/vm1.qmp"));
        }
    }

    @Test
    void twoConnectionsMayLeaveThePortToTheSystem() {
        runner.withPropertyValues(
                        "qmp.defaults.mode=listen",
                        "qmp.connection.vm1.address=tcp:localhost:0",
                        "qmp.connection.vm2.address=tcp:localhost:0")
                .run(context ->
                        assertThat(context.getBean(QmpClients.class).names()).containsExactly("vm1", "vm2"));
    }

    private static void source(ConfigurableApplicationContext context, Map<String, Object> keys) {
        context.getEnvironment().getPropertySources().addLast(new MapPropertySource("file", keys));
    }

    private static Duration commandTimeout(QmpProperties properties) {
        return properties.getConnection().get("vm-2").getCommandTimeout();
    }

    private static void variables(ConfigurableApplicationContext context, Map<String, Object> variables) {
        context.getEnvironment()
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    }
}
