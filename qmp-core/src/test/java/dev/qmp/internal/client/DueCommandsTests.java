package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpCommand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order of commands by their deadlines, while others come and go. */
@Timeout(20)
class DueCommandsTests {

    private final DueCommands due = new DueCommands();

    private static PendingCommand<String> command(long deadline) {
        PendingCommand<String> command = new PendingCommand<>(
                QmpCommand.of("query-status"),
                0,
                reply -> "answered",
                Runnable::run,
                failure -> {},
                null,
                new CommandLog("test"));
        command.deadline(deadline);
        return command;
    }

    private List<Long> removeAll() {
        List<Long> deadlines = new ArrayList<>();
        for (PendingCommand<?> first = due.first(); first != null; first = due.first()) {
            due.remove(first);
            deadlines.add(first.deadline());
        }
        return deadlines;
    }

    @Test
    @DisplayName("the first one is always that with the earliest deadline")
    void earliestFirst() {
        Random random = new Random(46);
        List<PendingCommand<String>> here = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            if (here.isEmpty() || random.nextInt(5) < 3) {
                PendingCommand<String> command = command(random.nextInt(1000));
                due.add(command);
                here.add(command);
            } else {
                PendingCommand<String> gone = here.remove(random.nextInt(here.size()));
                due.remove(gone);
                due.remove(gone); // it may have two reasons to leave
            }
            long earliest =
                    here.stream().mapToLong(PendingCommand::deadline).min().orElse(-1);
            PendingCommand<?> first = due.first();
            assertThat(first == null ? -1 : first.deadline()).isEqualTo(earliest);
        }
        List<Long> left = here.stream().map(PendingCommand::deadline).sorted().toList();
        assertThat(removeAll()).isEqualTo(left);
    }

    @Test
    @DisplayName("a clock may overflow between two deadlines")
    void clockOverflows() {
        due.add(command(Long.MIN_VALUE + 1));
        due.add(command(Long.MAX_VALUE - 1));

        assertThat(removeAll()).containsExactly(Long.MAX_VALUE - 1, Long.MIN_VALUE + 1);
    }

    @Test
    @DisplayName("a command comes and goes in a few steps, however many there are")
    void manyCommands() {
        List<PendingCommand<String>> many = new ArrayList<>(
                IntStream.range(0, 300_000).mapToObj(DueCommandsTests::command).toList());
        Collections.shuffle(many, new Random(1));
        many.forEach(due::add);
        many.sort(Comparator.comparing(PendingCommand::deadline, Comparator.reverseOrder()));

        many.forEach(due::remove);

        assertThat(due.first()).isNull();
    }
}
