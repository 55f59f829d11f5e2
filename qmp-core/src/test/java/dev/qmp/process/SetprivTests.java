package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program that has the kernel kill machines with their JVM. A script plays it, for a JVM of its own. */
@Timeout(30)
@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        disabledReason = "runs a shell script in the place of setpriv")
class SetprivTests {

    @TempDir
    private Path directory;

    @Test
    @DisplayName("a probe that fails counts for one machine, and one that succeeds for all")
    void isProbedAgainAfterAFailure() throws Exception {
        Path setpriv = Files.writeString(
                directory.resolve("setpriv"), "#!/bin/sh\necho >> $0.calls; [ $(wc -l < $0.calls) -gt 1 ]\n");
        assertThat(setpriv.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Prefixes.class.getName());
        builder.environment().put("PATH", directory + ":" + System.getenv("PATH"));
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process jvm = builder.start();
        String prefix = "[" + setpriv + ", --pdeathsig, KILL]";
        try (BufferedReader output = jvm.inputReader()) {
            assertThat(output.lines().filter(line -> line.startsWith("["))).containsExactly("[]", prefix, prefix);
        }
        assertThat(Path.of(setpriv + ".calls")).hasContent("\n\n");
    }

    /** Prints the prefixes of three machines. */
    static final class Prefixes {

        private Prefixes() {}

        public static void main(String[] arguments) {
            for (int machine = 0; machine < 3; machine++) {
                System.out.println(OwnedProcesses.instance().prefix());
            }
        }
    }
}
