package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.CommandObserver;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpMessage;
import java.io.FileDescriptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** When the server is probed, and when it is dead, on a clock held by hand. */
class ServerLivenessTests {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private record Timer(long due, Runnable task) {}

    private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparing(Timer::due));
    private final List<String> happened = new ArrayList<>();
    private final List<QmpCommand> unsent = new ArrayList<>();
    private boolean socketTakes = true;
    private long now;
    private final CommandIds ids = new CommandIds();
    private final SendWindow window = new SendWindow(() -> now);
    private final CommandTable table = new CommandTable(new CommandCounts(1000), ids, window);
    private final ServerLiveness liveness =
            new ServerLiveness(TIMEOUT, () -> now, window, ids, new TestSession(), LoggerFactory.getLogger("test"));

    ServerLivenessTests() {
        window.size(8);
    }

    // ------------------------------------------------------------------ the machinery

    private Cancellable schedule(Duration delay, Runnable task) {
        Timer timer = new Timer(now + delay.toNanos(), task);
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    private void pass(double seconds) {
        long end = now + (long) (seconds * 1e9);
        while (!timers.isEmpty() && timers.peek().due() <= end) {
            Timer next = timers.remove();
            now = Math.max(now, next.due());
            next.task().run();
        }
        now = end;
    }

    private PendingCommand<?> write(QmpCommand command, long size) {
        PendingCommand<?> pending = new PendingCommand<>(
                command,
                size,
                reply -> reply,
                Runnable::run,
                CommandObserver.NONE.commandIssued(null, command),
                null,
                new CommandLog("test"));
        assertThat(pending.admit(table.counts())).isTrue();
        table.enter(pending);
        table.written(pending);
        liveness.watch();
        return pending;
    }

    private PendingCommand<?> write(String name) {
        return write(QmpCommand.of(name), 50);
    }

    private void answer(PendingCommand<?> command) {
        liveness.arrived();
        table.leave(command);
    }

    private final class TestSession extends SessionContextStub {

        @Override
        public void sendUrgent(QmpMessage command) {
            happened.add("probed at " + now / 1_000_000_000);
            if (socketTakes) {
                liveness.sent(command);
            } else {
                unsent.add((QmpCommand) command);
            }
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return ServerLivenessTests.this.schedule(delay, task);
        }

        @Override
        public void fail(Throwable cause) {
            happened.add("dead at " + now / 1_000_000_000);
            liveness.stop();
        }
    }

    // ------------------------------------------------------------------ when it asks

    @Test
    @DisplayName("#32 while nothing is owed the server is not probed, and no timer runs")
    void restsWhileNothingIsOwed() {
        PendingCommand<?> command = write("a");
        write("b");
        assertThat(timers).hasSize(1);
        pass(1);
        answer(command);
        answer(write("c"));
        table.all().forEach(this::answer);

        pass(100);

        assertThat(timers).isEmpty();
        assertThat(happened).isEmpty();
    }

    @Test
    @DisplayName("#32 as long as bytes come the server is not probed")
    void listens() {
        write("slow");
        for (int i = 0; i < 20; i++) {
            pass(9);
            liveness.arrived();
        }

        assertThat(happened).isEmpty();
        assertThat(timers).hasSize(1);
    }

    @Test
    @DisplayName("#32 silence is probed, silence after the probe is death")
    void declaresDeath() {
        write("slow");
        pass(3);
        liveness.arrived();

        pass(100);

        assertThat(happened).containsExactly("probed at 13", "dead at 23");
        assertThat(timers).isEmpty();
    }

    @Test
    @DisplayName("#32 bytes after the probe begin anew: the next silence is probed again")
    void goesOnWithASignOfLife() {
        write("slow");
        pass(19);
        liveness.arrived();
        pass(9);
        assertThat(happened).containsExactly("probed at 10");

        pass(100);

        assertThat(happened).containsExactly("probed at 10", "probed at 29", "dead at 39");
    }

    @Test
    @DisplayName("#32 the end of the session ends it")
    void stops() {
        write("slow");
        pass(10);
        liveness.stop();

        pass(100);

        assertThat(happened).containsExactly("probed at 10");
        assertThat(timers).isEmpty();
    }

    @Test
    @DisplayName("#32 a window wider than QEMU reads, and a timeout of zero, switch it off")
    void neverAsksWithoutTimeout() {
        ServerLiveness off = new ServerLiveness(
                Duration.ZERO, () -> now, window, ids, new TestSession(), LoggerFactory.getLogger("test"));
        off.watch();

        assertThat(timers).isEmpty();
    }

    // ------------------------------------------------------------------ what is no sign of life

    @Test
    @DisplayName("a frozen machine is dead two timeouts after its last byte, even if commands are written meanwhile")
    void input26NothingThatIsWrittenIsASignOfLife() {
        for (int second = 0; second <= 100 && happened.size() < 2; second++) {
            if (window.inBand() < 7) {
                write(QmpCommand.of("in-band"), 2000);
            }
            write(QmpCommand.of("out-of-band").outOfBand(), 50_000);
            pass(1);
        }

        assertThat(happened).containsExactly("probed at 10", "dead at 20");
    }

    @Test
    @DisplayName("a frozen machine is found by commands out of band alone")
    void input26ACommandOutOfBandIsOwedAReplyToo() {
        write(QmpCommand.of("query-yank").outOfBand(), 50);

        pass(100);

        assertThat(happened).containsExactly("probed at 10", "dead at 20");
    }

    @Test
    @DisplayName("abandoned commands do not postpone it")
    void input26AbandonedCommandsDoNotHideADeadMachine() {
        for (int i = 0; i < 5; i++) {
            table.abandon(write("given-up"));
            pass(2);
        }

        pass(100);

        assertThat(happened).containsExactly("probed at 10", "dead at 20");
    }

    @Test
    @DisplayName("#32 #36 a big command before the probe gives the server the time to read it, one behind it does not")
    void letsTheServerRead() {
        write(QmpCommand.of("big"), 1_000_000);
        pass(15);
        write(QmpCommand.of("behind"), 1_000_000);

        pass(200);

        assertThat(happened).as("20 s to read it").containsExactly("probed at 10", "dead at 30");
    }

    @Test
    @DisplayName("#32 #35 a probe that the socket does not take yet is judged from when it does")
    void judgesFromWhenTheProbeIsSent() {
        write(QmpCommand.of("big"), 250_000);
        socketTakes = false;
        pass(35);
        assertThat(happened).containsExactly("probed at 10");

        unsent.forEach(liveness::sent);
        pass(100);

        assertThat(happened)
                .as("5 s to read what may still be in the socket")
                .containsExactly("probed at 10", "dead at 50");
    }

    @Test
    @DisplayName("#32 with eight commands on the wire QEMU may read no probe: silence proves nothing")
    void doesNotJudgeWhatMayBeUnread() {
        List<PendingCommand<?>> commands = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            commands.add(write("c" + i));
        }
        pass(100);
        assertThat(happened).isEmpty();

        answer(commands.get(0));
        pass(100);

        assertThat(happened).containsExactly("probed at 110", "dead at 120");
    }

    @Test
    @DisplayName("silence counts from when a reply is owed, and not from the last byte before")
    void input26SilenceWhileNothingIsOwedSaysNothing() {
        answer(write("quick"));
        pass(9);
        write("slow");

        pass(100);

        assertThat(happened).containsExactly("probed at 19", "dead at 29");
    }

    // ------------------------------------------------------------------ while nothing may be written

    @Test
    @DisplayName("a descriptor has both timeouts for its own execution, however long nothing was owed before")
    void input41SilenceBeforeADescriptorSaysNothing() {
        answer(write("quick"));
        pass(9);
        write(QmpCommand.of("getfd").withFileDescriptor(new FileDescriptor()), 50);

        pass(19);
        assertThat(happened).isEmpty();
        pass(100);

        assertThat(happened).containsExactly("dead at 29");
    }

    @Test
    @DisplayName("behind a file descriptor a dead machine is found in the same time, without a probe")
    void input41ADeadMachineIsFoundBehindADescriptorWithoutAProbe() {
        table.abandon(write(QmpCommand.of("getfd").withFileDescriptor(new FileDescriptor()), 50));
        pass(2);
        liveness.arrived();
        pass(11);
        liveness.arrived();
        pass(5);
        assertThat(window.isClosed()).isTrue();
        assertThat(happened).isEmpty();

        pass(100);

        assertThat(happened).containsExactly("dead at 33");
    }

    @Test
    @DisplayName("what was probed before the descriptor was written is judged as ever")
    void input41AProbeBeforeTheDescriptorIsJudgedAsEver() {
        PendingCommand<?> outOfBand = write(QmpCommand.of("query-yank").outOfBand(), 50);
        pass(11);
        write(QmpCommand.of("getfd").withFileDescriptor(new FileDescriptor()), 50);
        pass(100);

        assertThat(happened).containsExactly("probed at 10", "dead at 20");
        assertThat(outOfBand).isNotDone();
    }
}
