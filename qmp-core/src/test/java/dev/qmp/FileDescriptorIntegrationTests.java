package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** File descriptors ride with their own command, on a real QEMU. */
@RequiresQemu
class FileDescriptorIntegrationTests {

    private Qemu qemu;

    @BeforeEach
    void start() {
        qemu = Qemu.start();
    }

    @AfterEach
    void stop() {
        qemu.close();
    }

    private QmpClient client() {
        return QmpClient.builder(qemu.endpoint()).fileDescriptors(true).build();
    }

    private Path file(String name) {
        return qemu.folder().resolve(name);
    }

    private FileOutputStream open(String name) throws IOException {
        return new FileOutputStream(file(name).toFile());
    }

    /** {@return which files QEMU has open, by their numbers there} */
    private Map<Integer, Path> opened() throws IOException {
        Map<Integer, Path> opened = new HashMap<>();
        try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(qemu.pid()), "fd"))) {
            for (Path descriptor : all.toList()) {
                opened.put(Integer.valueOf(descriptor.getFileName().toString()), Files.readSymbolicLink(descriptor));
            }
        }
        return opened;
    }

    @Test
    @DisplayName("C8 each file descriptor arrives with its own command among many others")
    void arriveWithTheirOwnCommandAmongManyOthers() throws IOException {
        try (QmpClient client = client()) {
            client.blocking().connect();
            List<CompletableFuture<JsonNode>> named = new ArrayList<>();
            List<CompletableFuture<JsonNode>> sets = new ArrayList<>();
            List<FileOutputStream> files = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                files.add(open("named" + i));
                files.add(open("set" + i));
                client.execute("query-name");
                named.add(client.execute(QmpCommand.of("getfd", Map.of("fdname", "fd" + i))
                        .withFileDescriptor(files.get(2 * i).getFD())));
                client.execute("query-name");
                sets.add(client.execute(QmpCommand.of("add-fd")
                        .withFileDescriptor(files.get(2 * i + 1).getFD())));
            }
            for (int i = 0; i < 20; i++) {
                named.get(i).join();
                int number = sets.get(i).join().path("fd").asInt();
                assertThat(opened().get(number)).isEqualTo(file("set" + i));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(opened().values()).contains(file("named" + i));
                client.blocking().execute("closefd", Map.of("fdname", "fd" + i));
                assertThat(opened().values()).as("the name is of this file").doesNotContain(file("named" + i));
            }
            assertThat(client.blocking().execute("query-fdsets").size()).isEqualTo(20);
            assertThatExceptionOfType(RejectedException.class)
                    .isThrownBy(() -> client.blocking().execute("getfd", Map.of("fdname", "none")))
                    .withMessageContaining("No file descriptor supplied");
            for (FileOutputStream file : files) {
                file.close();
            }
        }
    }

    @Test
    @DisplayName("C8 a machine survives commands behind file descriptors, with out-of-band execution")
    void input41AMachineSurvivesCommandsBehindDescriptors() throws IOException {
        try (QmpClient client = client();
                FileOutputStream file = open("disk")) {
            client.blocking().connect();
            List<CompletableFuture<JsonNode>> issued = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                issued.add(client.execute(
                        QmpCommand.of("getfd", Map.of("fdname", "disk")).withFileDescriptor(file.getFD())));
                issued.add(client.execute("query-status"));
            }
            issued.forEach(CompletableFuture::join);
            assertThat(opened().values()).containsOnlyOnce(file("disk"));
        }
    }

    @Test
    @DisplayName("C8 file descriptors need no out-of-band execution")
    void needNoOutOfBandExecution() throws IOException {
        try (QmpClient client = QmpClient.builder(qemu.endpoint())
                        .fileDescriptors(true)
                        .outOfBand(false)
                        .build();
                FileOutputStream file = open("disk")) {
            client.blocking().connect();
            JsonNode added = client.blocking().execute(QmpCommand.of("add-fd").withFileDescriptor(file.getFD()));
            assertThat(opened().get(added.path("fd").asInt())).isEqualTo(file("disk"));
        }
    }

    @Test
    @DisplayName("C8 a file descriptor stays the caller's, and carries what QEMU writes")
    void stayTheCallersAndCarryWhatQemuWrites() throws Exception {
        // a pipe, because QEMU 11 migrates to no descriptor of a file
        assertThat(new ProcessBuilder("mkfifo", file("state").toString())
                        .start()
                        .waitFor())
                .isZero();
        try (QmpClient client = client();
                RandomAccessFile pipe = new RandomAccessFile(file("state").toFile(), "rw")) {
            client.blocking().connect();
            pipe.write("ours,".getBytes(StandardCharsets.US_ASCII));
            client.blocking()
                    .execute(QmpCommand.of("getfd", Map.of("fdname", "state")).withFileDescriptor(pipe.getFD()));
            assertThat(pipe.getFD().valid()).isTrue();
            client.blocking().execute("migrate", Map.of("uri", "fd:state"));
            byte[] written = new byte["ours,QEVM".length()];
            assertThat(CompletableFuture.runAsync(() -> readFully(pipe, written)))
                    .succeedsWithin(Duration.ofSeconds(10));
            assertThat(new String(written, StandardCharsets.ISO_8859_1))
                    .as("the state of a machine, as QEMU begins it")
                    .isEqualTo("ours,QEVM");
        }
    }

    private static void readFully(RandomAccessFile in, byte[] bytes) {
        try {
            in.readFully(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName(
            "#49 C8 a listener is notified of a reconnect: QEMU before 8 removes sets of descriptors, later ones keep them")
    void areGoneOrKeptAfterAReconnect() throws IOException {
        List<EventSignal> heard = new CopyOnWriteArrayList<>();
        try (QmpClient client = client();
                FileOutputStream file = open("disk")) {
            client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, heard::add);
            client.blocking().connect();
            client.blocking().execute(QmpCommand.of("add-fd").withFileDescriptor(file.getFD()));
            assertThat(client.blocking().execute("query-fdsets").size()).isEqualTo(1);

            client.blocking().disconnect();
            client.blocking().connect();

            JsonNode sets = client.blocking().execute("query-fdsets");
            if (!QemuVersion.installed().isAtLeast("8.0")) {
                assertThat(sets.isEmpty()).isTrue();
            } else if (QemuVersion.installed().isAtLeast("10.0")) {
                assertThat(sets.size()).isEqualTo(1);
                client.blocking()
                        .execute(
                                "remove-fd",
                                Map.of("fdset-id", sets.path(0).path("fdset-id").asInt()));
                assertThat(client.blocking().execute("query-fdsets").isEmpty())
                        .as("the set can be removed by a later session")
                        .isTrue();
            }
            Awaitility.await().untilAsserted(() -> assertThat(heard)
                    .extracting(signal -> signal.getClass().getSimpleName())
                    .containsExactly("Connected", "Disconnected", "Connected"));
        }
    }

    @Test
    @DisplayName("#49 C8 a connection that could never carry file descriptors is refused")
    void needAUnixSocketThatWeDial() {
        try (QmpClient client = QmpClient.builder(Endpoint.tcp("127.0.0.1", 1))
                .fileDescriptors(true)
                .reconnect(ReconnectPolicy.never())
                .build()) {
            assertThatExceptionOfType(QmpConnectException.class)
                    .isThrownBy(() -> client.blocking().connect())
                    .withMessageContaining("file descriptors need a Unix socket")
                    .satisfies(refusal -> assertThat(refusal.isRetryable()).isFalse());
        }
    }

    @Test
    @DisplayName("#49 C8 a client that listens cannot send file descriptors, and is not built")
    void needASocketThatWeDial() {
        QmpClientBuilder listening =
                QmpClient.builder(qemu.endpoint()).mode(ConnectMode.LISTEN).fileDescriptors(true);
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(listening::build)
                .withMessageContaining("only on a socket that we dial")
                .withMessageContaining("LISTEN");
    }

    @Test
    @DisplayName("#49 C8 file descriptors are refused before anything is sent where they cannot travel")
    void areRefusedBeforeAnythingIsSentWhereTheyCannotTravel() throws IOException {
        try (QmpClient client = QmpClient.builder(qemu.endpoint()).build();
                FileOutputStream file =
                        new FileOutputStream(qemu.folder().resolve("disk").toFile())) {
            client.blocking().connect();
            QmpCommand command = QmpCommand.of("add-fd").withFileDescriptor(file.getFD());
            assertThatExceptionOfType(NotSentException.class)
                    .isThrownBy(() -> client.blocking().execute(command))
                    .withMessageContaining("fileDescriptors(true)")
                    .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(NotSentException.Reason.UNSENDABLE));
            assertThat(client.blocking().execute("query-fdsets").isEmpty()).isTrue();
        }
    }

    @Test
    @DisplayName(
            "C8 a file descriptor is refused with a command out of band or without reply: it could come to another one")
    void areRefusedWithoutAReplyToWaitFor() throws IOException {
        try (QmpClient client = client();
                FileOutputStream file = open("disk")) {
            client.blocking().connect();
            QmpCommand command = QmpCommand.of("add-fd").withFileDescriptor(file.getFD());
            for (QmpCommand loose : List.of(command.outOfBand(), command.withoutReply())) {
                assertThatExceptionOfType(NotSentException.class)
                        .isThrownBy(() -> client.blocking().execute(loose))
                        .withMessageContaining("it could come to another command")
                        .satisfies(
                                refusal -> assertThat(refusal.reason()).isEqualTo(NotSentException.Reason.UNSENDABLE));
            }
            assertThat(client.blocking().execute("query-fdsets").isEmpty()).isTrue();
        }
    }

    @Test
    @DisplayName("#49 C8 a file descriptor that is closed is refused before anything is sent")
    void areRefusedWhenClosed() throws IOException {
        try (QmpClient client =
                QmpClient.builder(qemu.endpoint()).fileDescriptors(true).build()) {
            FileOutputStream file =
                    new FileOutputStream(qemu.folder().resolve("disk").toFile());
            file.close();
            client.blocking().connect();
            assertThatExceptionOfType(NotSentException.class)
                    .isThrownBy(() ->
                            client.blocking().execute(QmpCommand.of("add-fd").withFileDescriptor(file.getFD())))
                    .withMessageContaining("closed");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 of 20 machines that end in good order, each SHUTDOWN is received, and each quit succeeds")
    void anOrderlyEndIsReceived(boolean byCommand) {
        for (int i = 0; i < 20; i++) {
            qemu.restart();
            try (QmpClient client = client()) {
                client.blocking().connect();
                if (byCommand) {
                    client.blocking().execute("quit");
                } else {
                    ProcessHandle.of(qemu.pid()).orElseThrow().destroy();
                }
                Awaitility.await().until(() -> client.status().lastEnd() != null);
                assertThat(client.status().lastEnd().kind())
                        .isEqualTo(
                                byCommand ? SessionEnd.Kind.SHUT_DOWN_BY_COMMAND : SessionEnd.Kind.SHUT_DOWN_BY_HOST);
            }
        }
    }

    @Test
    @DisplayName("a monitor on an abstract socket is reached by the same library, and by its address as QEMU takes it")
    void input36AnAbstractSocketIsDialled() {
        String address = "unix:qmp-" + ProcessHandle.current().pid() + ",abstract=on,server=on,wait=off";
        try (Qemu machine = Qemu.prepare("-qmp", address)) {
            machine.restart();
            try (QmpClient client = QmpClient.builder(address).build()) {
                client.blocking().connect();
                assertThat(client.blocking().execute("query-version").isObject())
                        .isTrue();
                assertThat(client.endpoint())
                        .hasToString("unix:@qmp-" + ProcessHandle.current().pid());
            }
        }
        try (QmpClient nothing = QmpClient.builder("unix:@qmp-nothing").build()) {
            assertThatExceptionOfType(QmpConnectException.class)
                    .isThrownBy(() -> nothing.blocking().connect())
                    .withMessage("cannot connect to unix:@qmp-nothing: connection refused: nothing is listening there");
        }
    }

    @Test
    @DisplayName("no server listens on an abstract socket")
    void input36AnAbstractSocketIsNotListenedOn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        QmpClient.builder("unix:@x").mode(ConnectMode.LISTEN).build())
                .withMessage(
                        "unix:@x: an abstract Unix socket can only be dialled, and the mode is LISTEN; use a path");
    }
}
