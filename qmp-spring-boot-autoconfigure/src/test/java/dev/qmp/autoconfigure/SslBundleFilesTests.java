package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

/** An SSL bundle exists, but one of its files, passwords or keys is wrong. */
@ExtendWith(OutputCaptureExtension.class)
class SslBundleFilesTests {

    private static final String PEM = "spring.ssl.bundle.pem.qemu.";
    private static final String JKS = "spring.ssl.bundle.jks.qemu.";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void files() throws Exception {
        Files.writeString(folder.resolve("bad.pem"), "no certificate");
        Files.writeString(folder.resolve("bad.p12"), "no key store");
        keytool("-genkeypair", "-alias", "vm", "-keyalg", "EC", "-dname", "CN=localhost", "-keystore", "good.p12");
        keytool("-exportcert", "-alias", "vm", "-rfc", "-keystore", "good.p12", "-file", "good.pem");
        keytool("-importcert", "-noprompt", "-alias", "ca", "-keystore", "nokey.p12", "-file", "good.pem");
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("-storepass", "secret"));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        "no such PEM file",
                        "see " + PEM + "truststore.certificate=FOLDER/none.pem",
                        "make the file readable",
                        PEM + "truststore.certificate=FOLDER/none.pem"),
                fault(
                        "a file that is no PEM",
                        "see " + PEM + "truststore.certificate=FOLDER/bad.pem",
                        "-----BEGIN CERTIFICATE-----",
                        PEM + "truststore.certificate=FOLDER/bad.pem"),
                fault(
                        "a key that is none",
                        PEM + "keystore.private-key=FOLDER/good.pem",
                        "openssl pkcs8 -topk8",
                        PEM + "keystore.certificate=FOLDER/good.pem",
                        PEM + "keystore.private-key=FOLDER/good.pem"),
                fault(
                        "a PEM key store without a key",
                        "see " + PEM + "keystore.certificate=FOLDER/good.pem",
                        "Set " + PEM + "keystore.private-key",
                        PEM + "truststore.certificate=FOLDER/good.pem",
                        PEM + "keystore.certificate=FOLDER/good.pem"),
                fault(
                        "no such store",
                        "see " + JKS + "truststore.location=FOLDER/none.p12",
                        "make the file readable",
                        JKS + "truststore.location=FOLDER/none.p12",
                        JKS + "truststore.password=secret"),
                fault(
                        "a file that is no store",
                        "see " + JKS + "truststore.location=FOLDER/bad.p12",
                        "keytool -list",
                        JKS + "truststore.location=FOLDER/bad.p12",
                        JKS + "truststore.password=secret"),
                fault(
                        "a wrong password",
                        "see " + JKS + "truststore.location=FOLDER/good.p12",
                        "Set " + JKS + "truststore.password",
                        JKS + "truststore.location=FOLDER/good.p12",
                        JKS + "truststore.password=wrong-1"),
                fault(
                        "a wrong password of the key",
                        "see " + JKS + "keystore.location=FOLDER/good.p12",
                        "Set " + JKS + "key.password",
                        JKS + "keystore.location=FOLDER/good.p12",
                        JKS + "keystore.password=secret",
                        JKS + "key.password=wrong-1"),
                fault(
                        "a key store without a key",
                        "see " + JKS + "keystore.location=FOLDER/nokey.p12",
                        "Add the private key",
                        JKS + "keystore.location=FOLDER/nokey.p12",
                        JKS + "keystore.password=secret"),
                fault(
                        "an alias that does not exist",
                        "see " + JKS + "keystore.location=FOLDER/good.p12",
                        "Correct " + JKS + "key.alias",
                        JKS + "keystore.location=FOLDER/good.p12",
                        JKS + "keystore.password=secret",
                        JKS + "key.alias=none"));
    }

    private static Arguments fault(String name, String file, String remedy, String... properties) {
        return Arguments.of(name, file, remedy, properties);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void input39ABundleThatCannotBeLoadedStopsTheStartWithItsFileAndWhatToDo(
            String name, String file, String remedy, String[] properties, CapturedOutput output) {
        assertThat(start(properties)).isNotNull();
        assertThat(output.getAll())
                .containsOnlyOnce("APPLICATION FAILED TO START")
                .doesNotContain("\tat org.spring");
        assertThat(output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED TO START")))
                .contains("Property qmp.connection.vm1.ssl.bundle cannot be used")
                .contains("Value: qemu")
                .contains("Reason: the SSL bundle 'qemu' cannot be loaded: ")
                .contains(located(file))
                .contains(remedy)
                .doesNotContain("wrong-1");
    }

    @Test
    void input39ABundleThatCanBeLoadedStopsNothing() {
        assertThat(start(
                        JKS + "keystore.location=FOLDER/good.p12",
                        JKS + "keystore.password=secret",
                        JKS + "truststore.location=FOLDER/nokey.p12",
                        JKS + "truststore.password=secret"))
                .isNull();
        assertThat(start(PEM + "truststore.certificate=FOLDER/good.pem")).isNull();
    }

    private static Throwable start(String... properties) {
        List<String> arguments = new ArrayList<>(List.of(
                "--qmp.defaults.auto-startup=false",
                "--qmp.connection.vm1.address=tcp:localhost:1",
                "--qmp.connection.vm1.ssl.bundle=qemu"));
        Arrays.stream(properties).map(each -> "--" + located(each)).forEach(arguments::add);
        return catchThrowable(() -> new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run(arguments.toArray(String[]::new))
                .close());
    }

    private static String located(String text) {
        return text.replace("FOLDER", "file:" + folder);
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({QmpAutoConfiguration.class, SslAutoConfiguration.class})
    static class Application {}
}
