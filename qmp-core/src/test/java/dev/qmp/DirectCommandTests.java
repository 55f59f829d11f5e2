package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/**
 * Commands that their callers write themselves, because the connection is quiet and in use. {@link #writeDirectly}
 * makes sure that a command was written without a task of the loop.
 */
class DirectCommandTests extends OnCountingLoops {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    private void connectCounting() {
        connect(builder -> builder.eventLoops(loops));
    }

    /** Has the next command written by its caller: after quick replies, which open the lane. */
    private void warm() {
        for (int count = 0; count < 3; count++) {
            CompletableFuture<?> reply = client.execute(COMMAND);
            peer.answer(peer.hear(), "{}");
            reply.join();
        }
        loops.takeCount();
    }

    /** {@return the outcome of a command that was certainly written by this thread} */
    private CompletableFuture<?> writeDirectly(QmpCommand command) {
        for (int attempt = 0; attempt < 1000; attempt++) { // a check or a busy machine may have closed the lane
            warm();
            CompletableFuture<?> outcome = client.execute(command);
            if (loops.takeCount() == 0) {
                return outcome;
            }
            peer.answer(peer.hear(), "{}");
            outcome.handle((reply, late) -> "done").join(); // on a busy machine, its deadline may have passed
        }
        throw new AssertionError("never written by the caller");
    }

    @Test
    @DisplayName("its reply completes it, and the next one is written by its caller, too")
    void completes() {
        connectCounting();
        CompletableFuture<?> outcome = writeDirectly(COMMAND);
        assertThat(client.status().pending()).isEqualTo(1);
        assertThat(client.status().queued()).isZero();
        peer.answer(peer.hear("query-status"), "{\"running\": true}");
        assertThat(outcome.join()).hasToString("{\"running\":true}");
        assertThat(client.status().pending()).isZero();
    }

    @Test
    @DisplayName("without other traffic it is among the commands of the status after a check")
    void isInTheStatus() {
        connectCounting();
        CompletableFuture<?> outcome = writeDirectly(QmpCommand.of("slow"));
        await().untilAsserted(() -> assertThat(client.status().commands())
                .singleElement()
                .satisfies(command -> {
                    assertThat(command.name()).isEqualTo("slow");
                    assertThat(command.stage()).isEqualTo(CommandInFlight.Stage.WRITTEN);
                }));
        peer.answer(peer.hear("slow"), "{}");
        outcome.join();
    }

    @Test
    @DisplayName("its deadline is watched, and its late reply is dropped")
    void deadline() {
        connectCounting();
        CompletableFuture<?> outcome = writeDirectly(QmpCommand.of("slow").withTimeout(Duration.ofMillis(250)));
        assertThat(failureOf(outcome)).isInstanceOf(CommandTimeoutException.class);
        assertThat(client.status().abandoned()).isEqualTo(1);
        peer.answer(peer.hear("slow"), "{\"late\": 1}");
        CompletableFuture<?> next = client.execute(COMMAND);
        peer.answer(peer.hear("query-status"), "{\"next\": 1}");
        assertThat(next.join()).hasToString("{\"next\":1}");
    }

    @Test
    @DisplayName("when it is cancelled, its reply is dropped")
    void cancelled() {
        connectCounting();
        CompletableFuture<?> outcome = writeDirectly(QmpCommand.of("slow"));
        outcome.cancel(false);
        await().until(() -> client.status().abandoned() == 1);
        peer.answer(peer.hear("slow"), "{}");
        await().until(() -> client.status().abandoned() == 0);
    }

    @Test
    @DisplayName("if the server leaves, its outcome is unknown")
    void serverLeaves() {
        connectCounting();
        CompletableFuture<?> outcome = writeDirectly(QmpCommand.of("slow"));
        peer.close();
        assertThat(failureOf(outcome)).isInstanceOf(OutcomeUnknownException.class);
        awaitIdle();
    }

    @Test
    @DisplayName("a client whose session has ended keeps no transport")
    void keepsNoTransport() {
        connectCounting();
        CompletableFuture<?> outcome = writeDirectly(COMMAND);
        peer.answer(peer.hear("query-status"), "{}");
        outcome.join();
        assertThat(loops.isTransportKept()).isTrue();
        peer.close();
        awaitIdle();
        await().until(() -> !loops.isTransportKept());
    }

    @Test
    @DisplayName("a disconnect waits for its reply")
    void disconnectWaits() {
        connect(builder -> builder.eventLoops(loops).disconnectTimeout(Duration.ofSeconds(10)));
        List<Runstate> runstates = new CopyOnWriteArrayList<>();
        CompletableFuture<?> outcome = writeDirectly(QmpCommand.of("slow"));
        client.addRunstateListener(change -> runstates.add(change.current()));
        CompletableFuture<Void> disconnected = client.disconnect();
        await().until(() -> client.runstate() == Runstate.DISCONNECTING);
        peer.answer(peer.hear("slow"), "{}");
        outcome.join();
        disconnected.join();
        await().untilAsserted(() -> assertThat(runstates).containsExactly(Runstate.DISCONNECTING, Runstate.IDLE));
    }

    @Test
    @DisplayName("a second disconnect waits for its reply, too, although the loop has not been woken by its caller yet")
    void secondDisconnectWaits() {
        connect(builder -> builder.eventLoops(loops).disconnectTimeout(Duration.ofSeconds(10)));
        AtomicBoolean isDirect = new AtomicBoolean();
        CompletableFuture<?> outcome;
        do { // a check or a busy machine may have closed the lane
            warm();
            loops.beforeEncoding(() -> {
                isDirect.set(true);
                client.disconnect();
                await().until(() -> client.runstate() == Runstate.DISCONNECTING);
                loops.keep();
                client.disconnect(); // runs before the task that wakes the loop
            });
            outcome = client.execute(COMMAND);
            if (!isDirect.get()) {
                loops.beforeEncoding(() -> {});
                peer.answer(peer.hear(), "{}");
            }
        } while (!isDirect.get());
        loops.stopKeeping();
        peer.answer(peer.hear("query-status"), "{\"running\": true}");
        assertThat(outcome.join()).hasToString("{\"running\":true}");
        awaitIdle();
    }

    @Test
    @DisplayName("an interrupted caller writes without closing the connection")
    void interruptedCaller() {
        connectCounting();
        int tasks;
        do { // a check or a busy machine may have closed the lane
            warm();
            Thread.currentThread().interrupt();
            CompletableFuture<?> outcome = client.execute(COMMAND);
            assertThat(Thread.interrupted()).isTrue();
            tasks = loops.takeCount();
            peer.answer(peer.hear("query-status"), "{}");
            outcome.join();
        } while (tasks > 0);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("commands behind it are written by the loop, and each gets its own reply")
    void othersBehindIt() {
        connectCounting();
        CompletableFuture<?> first = writeDirectly(QmpCommand.of("first"));
        List<CompletableFuture<?>> others = new ArrayList<>();
        IntStream.range(0, 5).forEach(number -> others.add(client.execute(QmpCommand.of("other-" + number))));
        peer.answer(peer.hear("first"), "{\"number\": -1}");
        List<ObjectNode> heard = IntStream.range(0, 5)
                .mapToObj(number -> peer.hear("other-" + number))
                .toList();
        assertThat(first.join()).hasToString("{\"number\":-1}");
        IntStream.range(0, 5).forEach(number -> peer.answer(heard.get(number), "{\"number\": " + number + "}"));
        IntStream.range(0, 5)
                .forEach(number -> assertThat(others.get(number).join()).hasToString("{\"number\":" + number + "}"));
    }

    @Test
    @DisplayName("a command that was queued on the loop before waits for its reply, if the window has one place")
    void oneQueuedOnTheLoopBefore() {
        connect(builder -> builder.eventLoops(loops).outOfBand(false).callbackExecutor(Runnable::run));
        AtomicReference<CompletableFuture<?>> queued = new AtomicReference<>();
        AtomicReference<CompletableFuture<?>> written = new AtomicReference<>();
        client.events().subscribe(EventFilter.named("NOW"), event -> {
            queued.set(client.execute(QmpCommand.of("queued")));
            loops.takeCount();
            // the loop waits here, so that its writer's task runs later
            written.set(CompletableFuture.supplyAsync(() -> client.execute(QmpCommand.of("written")))
                    .join());
        });
        int tasks;
        do { // a check or a busy machine may have closed the lane
            warm();
            long events = client.status().eventsReceived();
            peer.emit("NOW").emit("LATER");
            ObjectNode first = peer.hear();
            await().until(() -> client.status().eventsReceived() == events + 2);
            tasks = loops.takeCount();
            if (tasks == 0) {
                assertThat(first.get("execute").asString()).isEqualTo("written");
                assertThat(client.status().pending()).isEqualTo(1);
                assertThat(client.status().queued()).isEqualTo(1);
            }
            peer.answer(first, "{}").answer(peer.hear(), "{}");
            CompletableFuture.allOf(queued.get(), written.get()).join();
        } while (tasks > 0);
    }

    @Test
    @DisplayName("its rest is written, although its caller fails to wake the loop")
    void restWithoutAWakeUp() {
        loops.leaveRests();
        connectCounting();
        CompletableFuture<?> outcome = null;
        do { // a check or a busy machine may have closed the lane
            warm();
            loops.failOnce();
            try {
                outcome = client.execute(COMMAND);
            } catch (OutOfMemoryError e) {
                client.execute(COMMAND); // its task takes both
                peer.answer(peer.hear(), "{}");
            }
            peer.answer(peer.hear("query-status"), "{}");
            await().until(() -> client.status().pending() + client.status().queued() == 0);
        } while (outcome == null);
        outcome.join();
        warm();
    }

    @Test
    @DisplayName("if its caller fails before the first byte, the loop writes it")
    void failedWrite() {
        connectCounting();
        do { // a check or a busy machine may have closed the lane
            warm();
            loops.failWriteOnce();
            CompletableFuture<?> outcome = client.execute(COMMAND);
            peer.answer(peer.hear("query-status"), "{\"running\": true}");
            assertThat(outcome.join()).hasToString("{\"running\":true}");
        } while (!loops.hasFailedWrite());
        warm();
    }

    @Test
    @DisplayName("if its caller never finishes the writing, the session ends, and each command gets its outcome")
    void neverFinished() {
        connect(builder -> builder.eventLoops(loops).writeTimeout(Duration.ofMillis(300)));
        AtomicReference<CompletableFuture<?>> behind = new AtomicReference<>();
        CompletableFuture<?> outcome;
        do { // a check or a busy machine may have closed the lane
            warm();
            loops.beforeEncoding(() -> {
                behind.set(client.execute(QmpCommand.of("behind")));
                awaitIdle();
            });
            outcome = client.execute(COMMAND);
            if (behind.get() == null) {
                loops.beforeEncoding(() -> {});
                peer.answer(peer.hear(), "{}");
            }
        } while (behind.get() == null);
        assertThat(failureOf(behind.get())).isInstanceOf(NotSentException.class);
        assertThat(failureOf(outcome)).isInstanceOf(OutcomeUnknownException.class);
        SessionEnd end = client.status().lastEnd();
        assertThat(end).isNotNull();
        assertThat(end.cause()).hasMessageContaining("has not finished the writing of a command within 300 ms");
    }

    @Test
    @DisplayName("a caller that fails before its command is passed on keeps no place in the queue")
    void failedCaller() {
        connectCounting();
        warm();
        loops.failCallerOnce();
        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> client.execute(COMMAND));
        assertThat(client.status().queued()).isZero();
        warm();
    }

    @Test
    @DisplayName("a long command is not written by its caller")
    void longCommand() {
        connectCounting();
        warm();
        CompletableFuture<?> outcome = client.execute(QmpCommand.of("long", Map.of("text", "\u0001".repeat(700))));
        ObjectNode heard = peer.hear("long");
        assertThat(heard.at("/arguments/text").asString()).hasSize(700);
        peer.answer(heard, "{}");
        outcome.join();
    }

    @Test
    @DisplayName("G5 the commands of a thread arrive in the order of their issue, however they are written")
    void orderOfAThread() throws InterruptedException {
        int perThread = 1000;
        connectCounting();
        Map<String, Integer> last = new HashMap<>();
        List<String> disorder = new CopyOnWriteArrayList<>();
        List<String> wrong = new CopyOnWriteArrayList<>();
        Thread answers = new Thread(() -> {
            for (int count = 0; count < 3 * perThread; count++) {
                ObjectNode command = peer.hear();
                String name = command.get("execute").asString();
                int number = command.at("/arguments/number").asInt();
                if (last.merge(name, number, (before, now) -> now == before + 1 ? now : -1) < 0) {
                    disorder.add(name + " " + number);
                }
                peer.answer(command, "{\"of\": \"" + name + number + "\"}");
            }
        });
        answers.start();
        issueInOrder("alone", perThread, wrong).join(); // only a thread without others writes for sure
        int tasks = loops.takeCount();
        Thread one = issueInOrder("one", perThread, wrong);
        Thread two = issueInOrder("two", perThread, wrong);
        one.join();
        two.join();
        answers.join();
        assertThat(disorder).isEmpty();
        assertThat(wrong).isEmpty();
        assertThat(tasks).as("some were written by their caller").isLessThan(perThread);
    }

    /** {@return a thread that issues numbered commands, and waits for two of three} */
    private Thread issueInOrder(String name, int count, List<String> wrong) {
        Thread caller = new Thread(() -> {
            for (int number = 1; number <= count; number++) {
                String expected = name + number;
                CompletableFuture<?> outcome = client.execute(QmpCommand.of(name, Map.of("number", number)))
                        .thenAccept(reply -> {
                            if (!reply.get("of").asString().equals(expected)) {
                                wrong.add(expected + " got " + reply);
                            }
                        });
                if (ThreadLocalRandom.current().nextInt(3) > 0) {
                    outcome.join();
                }
            }
        });
        caller.start();
        return caller;
    }

    @Test
    @DisplayName("a blocking caller gets its outcome when the session ends at any moment of its writing")
    void sessionEndsWhileItWrites() {
        for (int round = 0; round < 60; round++) {
            connectCounting();
            warm();
            CompletableFuture<Void> ends = CompletableFuture.runAsync(
                    ThreadLocalRandom.current().nextBoolean() ? () -> peer.close() : () -> client.disconnect());
            assertThatExceptionOfType(Exception.class).isThrownBy(() -> {
                while (true) {
                    client.execute(COMMAND.withTimeout(Duration.ofSeconds(10))).join();
                }
            });
            ends.join();
            awaitIdle();
            assertThat(client.status().pending() + client.status().queued()).isZero();
        }
    }
}
