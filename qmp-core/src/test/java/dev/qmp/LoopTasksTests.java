package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpCommand;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** How many tasks of the event loop a command takes: each of them is a turn of the loop, for all its connections. */
class LoopTasksTests extends OnCountingLoops {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    private void answerEach() {
        Thread server = new Thread(() -> {
            try {
                while (true) {
                    peer.answer(peer.hear(), "{}");
                }
            } catch (UncheckedIOException e) {
                // the client has left
            }
        });
        server.setDaemon(true);
        server.start();
    }

    @Test
    @DisplayName("a blocking command takes one task of the loop at most, from the call to its return")
    void oneTaskForABlockingCommand() {
        connect(builder -> builder.eventLoops(loops));
        answerEach();
        client.blocking().execute(COMMAND);
        loops.takeCount();

        for (int count = 0; count < 50; count++) {
            client.blocking().execute(COMMAND);
        }

        assertThat(loops.takeCount()).isBetween(1, 50); // callers write some themselves
    }

    @Test
    @DisplayName("a command with a future takes one task of the loop at most")
    void oneTaskForAFuture() {
        connect(builder -> builder.eventLoops(loops));
        answerEach();
        client.execute(COMMAND).join();
        loops.takeCount();

        for (int count = 0; count < 50; count++) {
            client.execute(COMMAND).join();
        }

        assertThat(loops.takeCount()).isBetween(1, 50); // callers write some themselves
    }

    @Test
    @DisplayName("the first task writes all commands that have come by then, in their order")
    void firstTaskWritesAll() {
        connect(builder -> builder.eventLoops(loops));
        loops.takeCount();
        loops.keep();
        List<CompletableFuture<?>> outcomes = new ArrayList<>();
        IntStream.range(0, 5).forEach(number -> outcomes.add(client.execute(QmpCommand.of("query-" + number))));
        assertThat(loops.kept()).isEqualTo(5);

        loops.runKept(1);

        List<ObjectNode> heard = IntStream.range(0, 5)
                .mapToObj(number -> peer.hear("query-" + number))
                .toList();
        loops.runKept(4);
        heard.forEach(command -> peer.answer(command, "{}"));
        outcomes.forEach(CompletableFuture::join);
        assertThat(loops.takeCount()).isEqualTo(5);
        loops.stopKeeping();
    }

    @Test
    @DisplayName("a task takes in 256 commands, so that other connections are served in between")
    void takesInSoManyAtOnce() {
        connect(builder -> builder.eventLoops(loops).maxInFlight(1));
        loops.keep();
        List<CompletableFuture<?>> outcomes = new ArrayList<>();
        IntStream.range(0, 300).forEach(number -> outcomes.add(client.execute(COMMAND)));

        loops.runKept(1);
        assertThat(client.status().commands()).hasSize(QmpClientStatus.MAX_COMMANDS);
        loops.runKept(299);
        loops.stopKeeping();

        answerEach();
        outcomes.forEach(CompletableFuture::join);
    }
}
