package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The failures of an application without the optional library, in a JVM that has none. */
class WithoutDescriptorLibraryTests {

    @Test
    @Timeout(60)
    @DisplayName("#49 without junixsocket, file descriptors are refused with what is needed, and all else goes on")
    void tellsWhatIsNeeded() throws IOException, InterruptedException {
        String classPath = Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(System.getProperty("java.class.path"))
                .filter(entry -> !entry.contains("junixsocket"))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        WithoutDescriptorLibrary.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said)
                .contains("com.kohlschutter.junixsocket:junixsocket-common")
                .contains("the peer heard: ordinary")
                .contains("unsent: a file descriptor needs a client built with fileDescriptors(true)")
                .contains("still true");
    }
}
