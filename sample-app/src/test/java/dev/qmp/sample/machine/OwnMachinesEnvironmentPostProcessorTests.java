package dev.qmp.sample.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.mock.env.MockEnvironment;

/** The sample runs machines of its own only if the user named none. */
class OwnMachinesEnvironmentPostProcessorTests {

    private final MockEnvironment environment = new MockEnvironment();

    private void process() {
        new OwnMachinesEnvironmentPostProcessor().postProcessEnvironment(environment, new SpringApplication());
    }

    @Test
    void namesOneMachineByDefault() {
        process();
        assertThat(environment.getProperty("qmp.connection.vm1.address"))
                .startsWith("unix:")
                .endsWith("/vm1.qmp");
        assertThat(environment.getProperty(OwnMachines.NAMES)).isEqualTo("vm1");
    }

    @Test
    void namesAsManyAsAskedFor() {
        environment.setProperty("sample.vms", "3");
        process();
        assertThat(environment.getProperty(OwnMachines.NAMES)).isEqualTo("vm1,vm2,vm3");
        assertThat(environment.getProperty("qmp.connection.vm3.address")).endsWith("/vm3.qmp");
    }

    @Test
    void staysBackIfTheUserNamedAMachine() {
        environment.setProperty("qmp.connection.web.address", "unix:/run/web.qmp");
        process();
        assertThat(environment.getProperty(OwnMachines.DIRECTORY)).isNull();
        assertThat(environment.getProperty("qmp.connection.vm1.address")).isNull();
    }

    @Test
    void isNotKeptBackByOptionsOfAConnection() {
        environment.setProperty("qmp.connection.vm1.command-timeout", "1s");
        process();
        assertThat(environment.getProperty("qmp.connection.vm1.address")).isNotNull();
    }

    @Test
    void refusesAbsurdNumbers() {
        environment.setProperty("sample.vms", "0");
        assertThatExceptionOfType(SampleStartException.class)
                .isThrownBy(this::process)
                .satisfies(e -> assertThat(new SampleStartFailureAnalyzer().analyze(e))
                        .satisfies(told -> assertThat(told.getDescription()).contains("sample.vms", "0"))
                        .satisfies(told -> assertThat(told.getAction()).contains("from 1 to 64")));
    }

    @Test
    void staysBackIfTheUserNamedAFolder() {
        environment.setProperty("qmp.discovery.directory", "/run/vms");
        process();
        assertThat(environment.getProperty(OwnMachines.DIRECTORY)).isNull();
    }

    @Test
    void input62ANumberOfMachinesBesideAnExistingOneIsRefused() {
        environment.setProperty("sample.vms", "3");
        environment.setProperty("qmp.connection.web.address", "unix:/run/web.qmp");
        assertThatExceptionOfType(SampleStartException.class)
                .isThrownBy(this::process)
                .satisfies(e -> {
                    FailureAnalysis analysis = new SampleStartFailureAnalyzer().analyze(e);
                    assertThat(analysis.getDescription()).contains("sample.vms=3", "qmp.connection.web.address");
                    assertThat(analysis.getAction()).contains("Remove sample.vms", "remove qmp.connection.web.address");
                });
    }

    @Test
    void input62ANumberOfMachinesBesideAWatchedFolderIsRefused() {
        environment.setProperty("sample.vms", "3");
        environment.setProperty("qmp.discovery.directory", "/run/vms");
        assertThatExceptionOfType(SampleStartException.class)
                .isThrownBy(this::process)
                .withMessageContaining("qmp.discovery.directory");
    }

    @Test
    void input62ANumberOfMachinesBesideAnOptionOfOneIsNone() {
        environment.setProperty("sample.vms", "2");
        environment.setProperty("qmp.connection.vm2.command-timeout", "1s");
        process();
        assertThat(environment.getProperty(OwnMachines.NAMES)).isEqualTo("vm1,vm2");
    }
}
