package dev.qmp.sample.machine.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.BlockingQmpClient;
import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.screen.Screen;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The embedded machine answers as QEMU does. */
class EmbeddedMachineTests {

    private static final Duration SOON = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    private EmbeddedMachine machine;
    private QmpClient client;
    private BlockingQmpClient vm;
    private final List<String> heard = new CopyOnWriteArrayList<>();

    @BeforeEach
    void connect() {
        Path socket = directory.resolve("vm.qmp");
        machine = new EmbeddedMachine("vm7", socket);
        machine.start();
        client = QmpClient.builder("unix:" + socket).build();
        vm = client.blocking();
        vm.connect();
        client.events().subscribe(EventFilter.all(), event -> heard.add(event.name()));
    }

    @AfterEach
    void close() {
        client.close();
        machine.stop();
    }

    @Test
    void pausesAndResumesWithAnEventForEachChange() {
        vm.execute("stop");
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(heard).containsExactly("STOP"));
        assertThat(vm.execute("query-status").get("status").stringValue()).isEqualTo("paused");
        vm.execute("stop");
        vm.execute("cont");
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(heard).containsExactly("STOP", "RESUME"));
        assertThat(vm.execute("query-status").get("running").booleanValue()).isTrue();
    }

    @Test
    void tellsOfPowerdownAndReset() {
        vm.execute("system_powerdown");
        vm.execute("system_reset");
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(heard).containsExactly("POWERDOWN", "RESET"));
    }

    @Test
    void quitsWithShutdownAndThenTheReplyAndThenTheEnd() {
        vm.execute("quit");
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(heard).containsExactly("SHUTDOWN"));
        Awaitility.await().atMost(SOON).until(() -> !machine.isRunning());
        assertThat(directory.resolve("vm.qmp")).doesNotExist();
        machine.start();
        Awaitility.await()
                .ignoreExceptions()
                .atMost(SOON)
                .until(() -> vm.execute("query-name").get("name").stringValue().equals("vm7"));
    }

    @Test
    void knowsWhoItIs() {
        assertThat(vm.execute("query-version").at("/qemu/major").intValue()).isEqualTo(7);
        assertThat(vm.execute("query-uuid").get("UUID").stringValue()).hasSize(36);
    }

    @Test
    void answersEveryCommandOfItsSchema() {
        Set<String> described = vm.schema().commands().keySet();
        assertThat(vm.execute("query-commands")).hasSameSizeAs(described);
        Set<String> answered = new HashSet<>(Set.of("qmp_capabilities", "query-commands", "query-qmp-schema"));
        Guest guest = new Guest("vm7", event -> {});
        EmbeddedMachine.features(guest, new DiskCopies(event -> {}), () -> {})
                .forEach(feature -> feature.install((command, handler) -> answered.add(command)));
        assertThat(answered).containsExactlyInAnyOrderElementsOf(described);
    }

    @Test
    void refusesWhatQemuRefusesInTheSameWords() {
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm.execute("stop", Map.of("x", 1)))
                .satisfies(e -> assertThat(e.description()).isEqualTo("Parameter 'x' is unexpected"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm.execute("screendump"))
                .satisfies(e -> assertThat(e.description()).isEqualTo("Parameter 'filename' is missing"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm.execute("blockdev-add", Map.of("driver", "null-co")))
                .satisfies(e -> assertThat(e.description()).startsWith("'node-name' must be specified"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm.execute("nosuch"))
                .satisfies(e -> assertThat(e.errorClass()).isEqualTo("CommandNotFound"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm.execute(QmpCommand.of("query-status").outOfBand()))
                .satisfies(e -> assertThat(e.description()).contains("does not support OOB"));
    }

    @Test
    void executesOutOfBandWhatItsSchemaSays() {
        assertThat(vm.execute(QmpCommand.of("query-yank").outOfBand())).hasSize(1);
        assertThat(vm.execute(
                        QmpCommand.of("yank", Map.of("instances", List.of())).outOfBand()))
                .isEmpty();
    }

    @Test
    void dumpsItsScreenInBothFormats() throws Exception {
        Path png = directory.resolve("screen.png");
        vm.execute("screendump", Map.of("filename", png.toString(), "format", "png"));
        assertThat(ImageIO.read(png.toFile()).getWidth()).isEqualTo(640);
        Path ppm = directory.resolve("screen.ppm");
        vm.execute("screendump", Map.of("filename", ppm.toString()));
        assertThat(Files.readAllBytes(ppm)).startsWith("P6\n640 400\n255\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(Screen.of(client).png().join()).startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    void bothFormatsShowTheSamePicture() throws Exception {
        Picture picture = new Picture(3, 2);
        picture.fill(1, 0, 1, 1, 0x123456);
        picture.fill(2, 1, 9, 9, 0xff8000);
        BufferedImage png = ImageIO.read(new ByteArrayInputStream(picture.png()));
        assertThat(png.getRGB(0, 0, 3, 2, null, 0, 3))
                .containsExactly(0xff000000, 0xff123456, 0xff000000, 0xff000000, 0xff000000, 0xffff8000);
        byte[] pixels = {0, 0, 0, 0x12, 0x34, 0x56, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0x80, 0};
        assertThat(picture.ppm())
                .startsWith("P6\n3 2\n255\n".getBytes(StandardCharsets.US_ASCII))
                .endsWith(pixels);
    }

    @Test
    void runsACopyToItsEnd() throws Exception {
        vm.execute("blockdev-add", Map.of("driver", "null-co", "node-name", "copy0"));
        try (EventMailbox statuses = client.events().openMailbox(EventFilter.named("JOB_STATUS_CHANGE"))) {
            vm.execute(
                    "blockdev-backup",
                    Map.of("job-id", "j", "device", "disk0", "target", "copy0", "sync", "full", "speed", 4L << 30));
            assertThat(statusOf(statuses.nextEvent(SOON))).isEqualTo("created");
            assertThat(statusOf(statuses.nextEvent(SOON))).isEqualTo("running");
            assertThat(statusOf(statuses.nextEvent(SOON))).isEqualTo("waiting");
            assertThat(statusOf(statuses.nextEvent(SOON))).isEqualTo("pending");
            assertThat(statusOf(statuses.nextEvent(SOON))).isEqualTo("concluded");
            assertThat(statusOf(statuses.nextEvent(SOON))).isEqualTo("null");
        }
        Awaitility.await().atMost(SOON).until(() -> heard.contains("BLOCK_JOB_COMPLETED"));
        assertThat(vm.execute("query-jobs")).isEmpty();
    }

    @Test
    void pausesAndCancelsACopy() {
        vm.execute("blockdev-add", Map.of("driver", "null-co", "node-name", "copy0"));
        vm.execute(
                "blockdev-backup",
                Map.of("job-id", "j", "device", "disk0", "target", "copy0", "sync", "full", "speed", 1));
        vm.execute("job-pause", Map.of("id", "j"));
        JsonNode job = vm.execute("query-jobs").get(0);
        assertThat(job.get("status").stringValue()).isEqualTo("paused");
        vm.execute("job-cancel", Map.of("id", "j"));
        Awaitility.await().atMost(SOON).until(() -> heard.contains("BLOCK_JOB_CANCELLED"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> vm.execute("job-cancel", Map.of("id", "j")))
                .satisfies(e -> assertThat(e.description()).isEqualTo("Job not found"));
    }

    private static String statusOf(QmpEvent event) {
        return event.data().get("status").stringValue();
    }
}
