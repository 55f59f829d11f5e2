package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.power.PowerLadder;
import dev.qmp.process.QemuExit;
import dev.qmp.process.QemuLauncher;
import dev.qmp.process.QemuProcess;
import dev.qmp.spring.QemuPowerDown;
import dev.qmp.testing.PoliteGuest;
import dev.qmp.testing.RequiresQemu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** An application in another JVM receives SIGTERM, and a real guest powers off before its context is closed. */
@Timeout(60)
@RequiresQemu
@EnabledOnOs(value = OS.LINUX, disabledReason = "sends SIGTERM")
class PowerDownAtTheEndIntegrationTests {

    private static final int SIGTERM = 128 + 15;

    @TempDir
    private Path directory;

    @Test
    void theGuestPowersOffBeforeTheContextIsClosed() throws Exception {
        PoliteGuest guest = new PoliteGuest(directory);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dtest.directory=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Application.class.getName()));
        command.addAll(guest.arguments());
        Process jvm = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        try {
            await().atMost(Duration.ofSeconds(40)).until(() -> guest.isReady() || !jvm.isAlive());
            jvm.destroy();
            assertThat(jvm.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(directory.resolve("log"))
                    .content()
                    .contains("the guest has ended by guest-shutdown, exit code 0");
            assertThat(jvm.exitValue()).isEqualTo(SIGTERM);
        } finally {
            jvm.destroyForcibly().waitFor();
        }
    }

    /** The application of the other JVM. Its arguments are those of QEMU. */
    @Configuration(proxyBeanMethods = false)
    public static class Application {

        private static String[] arguments = {};

        /** Runs until SIGTERM. */
        public static void main(String[] arguments) {
            Application.arguments = arguments;
            new SpringApplicationBuilder(Application.class)
                    .web(WebApplicationType.NONE)
                    .properties("spring.main.keep-alive=true", "spring.main.banner-mode=off")
                    .run();
        }

        @Bean
        QemuProcess machine(Environment environment) {
            return QemuLauncher.of("qemu-system-x86_64", "-machine", "pc,accel=tcg", "-display", "none", "-nodefaults")
                    .withArguments(arguments)
                    .withDirectory(Path.of(environment.getRequiredProperty("test.directory")))
                    .withJvmShutdownGrace(Duration.ofSeconds(20))
                    .startAndWait();
        }

        @Bean
        QemuPowerDown powerDown(List<QemuProcess> machines) {
            return new QemuPowerDown(
                    machines, PowerLadder.none().ask(Duration.ofSeconds(10)).kill());
        }

        @Bean
        Reporter reporter(QemuProcess machine) {
            return new Reporter(machine);
        }
    }

    /** A user of the machine, which is destroyed before the machine. */
    record Reporter(QemuProcess machine) implements DisposableBean {

        @Override
        public void destroy() throws Exception {
            QemuExit exit = machine.onExit().get(5, TimeUnit.SECONDS);
            System.out.println("the guest has ended by " + exit.session().shutdownReason() + ", " + exit.description());
        }
    }
}
