package dev.qmp;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * From a command with a file descriptor until its reply nothing is written: a byte that QEMU reads meanwhile can crash
 * it. That a command was not written shows in its deadline, which passes unsent.
 */
class FileDescriptorTests extends OnScriptedServer {

    /** The time of a command that is not written. */
    private static final Duration BRIEF = Duration.ofMillis(100);
    /** The time of a command that is written, and loses its caller then. */
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    Path folder;

    private FileOutputStream file;

    @BeforeEach
    void open() throws IOException {
        file = new FileOutputStream(folder.resolve("file").toFile());
    }

    @AfterEach
    void closeFile() throws IOException {
        file.close();
    }

    private void connectWithDescriptors(UnaryOperator<QmpClientBuilder> options) {
        connect(builder -> options.apply(builder.fileDescriptors(true).livenessTimeout(Duration.ZERO)));
    }

    private QmpCommand getFd() throws IOException {
        FileDescriptor descriptor = file.getFD();
        return QmpCommand.of("getfd", Map.of("fdname", "disk")).withFileDescriptor(descriptor);
    }

    private void assertThatNothingIsWritten() {
        for (QmpCommand command :
                List.of(QmpCommand.of("in-band"), QmpCommand.of("out-of-band").outOfBand())) {
            assertThat(failureOf(client.execute(command.withTimeout(BRIEF))))
                    .isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                            .isEqualTo(NotSentException.Reason.TIMED_OUT));
        }
    }

    private void assertThatAllIsWritten() {
        for (QmpCommand command :
                new QmpCommand[] {QmpCommand.of("next"), QmpCommand.of("urgent").outOfBand()}) {
            CompletableFuture<JsonNode> result = client.execute(command);
            peer.answer(peer.hear(command.name()), "{}");
            result.join();
        }
    }

    @Test
    @DisplayName("C8 behind a file descriptor nothing is written before the reply, in band or out of band")
    void input41NothingIsWrittenBehindADescriptorBeforeItsReply() throws IOException {
        connectWithDescriptors(builder -> builder);
        CompletableFuture<JsonNode> first = client.execute(getFd());
        CompletableFuture<JsonNode> second = client.execute(getFd());
        ObjectNode heard = peer.hearWithDescriptor("getfd");

        assertThatNothingIsWritten();

        peer.answer(heard, "{}");
        first.join();
        peer.answer(peer.hearWithDescriptor("getfd"), "{}");
        second.join();
        assertThatAllIsWritten();
    }

    @Test
    @DisplayName("C8 a file descriptor waits for the replies before it, while commands out of band are written")
    void input41ADescriptorWaitsForTheRepliesBeforeIt() throws IOException {
        connectWithDescriptors(builder -> builder);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode slowHeard = peer.hear("slow");
        CompletableFuture<JsonNode> descriptor = client.execute(getFd());
        CompletableFuture<JsonNode> next = client.execute("next");
        for (int i = 0; i < 3; i++) {
            CompletableFuture<JsonNode> urgent =
                    client.execute(QmpCommand.of("urgent").outOfBand());
            peer.answer(peer.hear("urgent"), "{}");
            urgent.join();
        }

        peer.answer(slowHeard, "{}");
        slow.join();
        peer.answer(peer.hearWithDescriptor("getfd"), "{}");
        descriptor.join();
        peer.answer(peer.hear("next"), "{}");
        next.join();
    }

    @Test
    @DisplayName("C8 a cancelled command with a file descriptor keeps the wire closed until its reply")
    void input41ACancelledDescriptorKeepsTheWireClosedUntilItsReply() throws IOException {
        connectWithDescriptors(builder -> builder);
        CompletableFuture<JsonNode> descriptor = client.execute(getFd());
        ObjectNode heard = peer.hearWithDescriptor("getfd");

        descriptor.cancel(false);
        assertThatNothingIsWritten();

        peer.answer(heard, "{}");
        assertThatAllIsWritten();
    }

    @Test
    @DisplayName("C8 so does one whose deadline has passed")
    void input41AnOverdueDescriptorKeepsTheWireClosedUntilItsReply() throws IOException {
        connectWithDescriptors(builder -> builder);
        CompletableFuture<JsonNode> descriptor = client.execute(getFd().withTimeout(Duration.ofSeconds(1)));
        ObjectNode heard = peer.hearWithDescriptor("getfd");

        assertThat(failureOf(descriptor)).isInstanceOf(CommandTimeoutException.class);
        assertThatNothingIsWritten();

        peer.answer(heard, "{}");
        assertThatAllIsWritten();
    }

    @Test
    @DisplayName("C8 a cancelled command with a file descriptor that was not written yet closes nothing")
    void input41AWithdrawnDescriptorClosesNothing() throws IOException {
        connectWithDescriptors(builder -> builder);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode slowHeard = peer.hear("slow");
        client.execute(getFd()).cancel(false);

        assertThatAllIsWritten();

        peer.answer(slowHeard, "{}");
        slow.join();
    }

    @Test
    @DisplayName("C8 #32 a server that never replies to a file descriptor is found dead, though it is not probed")
    void input41ADeadServerIsFoundBehindADescriptor() throws IOException {
        connect(builder -> builder.fileDescriptors(true).livenessTimeout(Duration.ofMillis(100)));
        CompletableFuture<JsonNode> descriptor = client.execute(getFd());
        peer.hearWithDescriptor("getfd");
        CompletableFuture<JsonNode> waiting = client.execute("next");

        assertThat(failureOf(descriptor)).isInstanceOf(OutcomeUnknownException.class);
        assertThat(failureOf(waiting)).isInstanceOf(NotSentException.class);
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOf(ConnectionLostException.class)
                .hasMessageContaining("no probe can be sent before the reply to a command with a file descriptor")
                .hasMessageContaining("livenessTimeout");
        assertThat(peer.hearsTheEnd()).as("nothing was written behind it").isTrue();
    }

    @Test
    @DisplayName(
            "C8 #31 without liveness check a reply that never comes ends the session when another command waited in"
                    + " vain")
    void input41AReplyThatNeverComesStallsTheServer() throws IOException {
        connectWithDescriptors(builder -> builder.commandTimeout(BRIEF));
        CompletableFuture<JsonNode> descriptor = client.execute(getFd().withTimeout(LONG));
        peer.hearWithDescriptor("getfd");
        descriptor.cancel(false);
        await().until(() -> client.status().abandoned() == 1); // from now on it blocks the window

        assertThat(failureOf(client.execute("next"))).isInstanceOf(NotSentException.class);

        awaitIdle();
        assertThat(client.status().lastError()).hasMessageContaining("stalled");
        assertThat(peer.hearsTheEnd()).isTrue();
    }

    @Test
    @DisplayName("C8 #31 a file descriptor that waits in vain for replies to abandoned commands ends the session")
    void input41ADescriptorThatWaitsInVainStallsTheServer() throws IOException {
        connectWithDescriptors(builder -> builder.commandTimeout(BRIEF));
        CompletableFuture<JsonNode> swallowed =
                client.execute(QmpCommand.of("swallowed").withTimeout(LONG));
        peer.hear("swallowed");
        swallowed.cancel(false);
        await().until(() -> client.status().abandoned() == 1); // from now on it blocks the window

        assertThat(failureOf(client.execute(getFd()))).isInstanceOf(NotSentException.class);

        awaitIdle();
        assertThat(client.status().lastError()).hasMessageContaining("stalled");
    }

    @ParameterizedTest(name = "with descriptors: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 a command that is written to a peer that has left ends the session as the end of the stream does")
    void aWriteThatFindsThePeerGoneEndsTheSession(boolean descriptors) {
        connect(builder -> builder.fileDescriptors(descriptors).callbackExecutor(Runnable::run));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode heard = peer.hear("first");
        CountDownLatch paused = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        first.thenRun(() -> {
            paused.countDown();
            awaitUninterruptibly(over);
        });
        peer.answer(heard, "{}");
        awaitUninterruptibly(paused);
        peer.close();
        CompletableFuture<JsonNode> second = client.execute("second"); // written before the loop reads again
        over.countDown();

        assertThat(failureOf(second)).isInstanceOf(OutcomeUnknownException.class);
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isEndOfStream())
                        .isTrue());
    }
}
