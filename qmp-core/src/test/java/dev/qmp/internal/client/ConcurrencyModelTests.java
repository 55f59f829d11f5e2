package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.InlineScheduler;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import dev.qmp.testing.ModelChecking;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.slf4j.helpers.NOPLogger;

/**
 * What several threads really share, under every interleaving that a model checker can think of: each must look as if
 * one operation had come after the other.
 */
// its agent rewrites classes of the JDK, and knows those up to 21
@EnabledForJreRange(max = JRE.JAVA_21)
class ConcurrencyModelTests {

    private static final QmpReply REPLY = QmpReply.success(null, QmpJson.object());
    private static final EventSignal STOP = new EventSignal.Received(QmpEvent.of("STOP"));
    private static final EventSignal RESUME = new EventSignal.Received(QmpEvent.of("RESUME"));

    private static PendingCommand<String> pendingCommand(CommandObserver.Observed observed) {
        return new PendingCommand<>(
                QmpCommand.of("query-status"),
                0,
                reply -> "answered",
                Runnable::run,
                observed,
                null,
                new CommandLog("test"));
    }

    /** Room in the queue of commands, given to callers of any thread. */
    public static final class Admission {

        private final CommandCounts counts = new CommandCounts(2);

        @Operation
        public boolean admit() {
            return counts.admit();
        }

        /** What was admitted and did not come into the table. */
        @Operation(nonParallelGroup = "loop")
        public void dismiss() {
            if (counts.snapshot().queued() > 0) {
                counts.remove(Stage.QUEUED);
            }
        }

        @Operation
        public int queued() {
            return counts.snapshot().queued();
        }
    }

    /** The table of commands: one at a time goes its way on the loop, while others ask for room and look at it. */
    public static final class InFlight {

        private final CommandCounts counts = new CommandCounts(2);
        private final CommandTable table = new CommandTable(counts, new CommandIds(), new SendWindow(System::nanoTime));
        private @Nullable PendingCommand<?> command;

        @Operation(nonParallelGroup = "loop")
        public void enter() {
            PendingCommand<String> entered = pendingCommand(failure -> {});
            if (command == null && entered.admit(counts)) {
                table.enter(entered);
                command = entered;
            }
        }

        @Operation(nonParallelGroup = "loop")
        public void write() {
            if (command != null && command.stage() == Stage.QUEUED) {
                table.written(command);
            }
        }

        @Operation(nonParallelGroup = "loop")
        public void abandon() {
            if (command != null && command.stage() == Stage.WRITTEN) {
                table.abandon(command);
            }
        }

        /** Answered, withdrawn, or ended with the session. */
        @Operation(nonParallelGroup = "loop")
        public void leave() {
            if (command != null) {
                table.leave(command);
                table.leave(command); // the end of the session may come on top
                command = null;
            }
        }

        @Operation
        public boolean admit() {
            return counts.admit();
        }

        @Operation
        public String counts() {
            return counts.snapshot().toString();
        }

        /** What the loop holds is what is counted: the others are admitted, and have not come. */
        @Validate
        public void nothingIsCountedThatIsNotThere() {
            CommandCounts.Snapshot seen = counts.snapshot();
            boolean onWire = command != null && command.stage() != Stage.QUEUED;
            if (seen.pending() + seen.abandoned() != (onWire ? 1 : 0) || counts.abandoned() != seen.abandoned()) {
                throw new IllegalStateException(seen + " with " + command);
            }
        }
    }

    /** The place of a command that its caller and the loop release at the same time. */
    public static final class Place {

        private final CommandCounts counts = new CommandCounts(1);
        private final PendingCommand<String> command = pendingCommand(failure -> {});

        @Operation
        public boolean admit() {
            return command.admit(counts);
        }

        @Operation
        public void fail() {
            command.fail(new IllegalStateException("lost"));
        }

        @Operation(nonParallelGroup = "loop")
        public void release() {
            command.release();
        }

        /** Each scenario releases the place. */
        @Validate
        public void placeIsReleasedOnce() {
            if (!counts.snapshot().equals(CommandCounts.Snapshot.NONE)) {
                throw new IllegalStateException(counts.snapshot().toString());
            }
        }
    }

    /** A listener's queue, filled, emptied and ended by different threads. */
    public static final class Mailbox {

        private final EventQueue queue = new EventQueue(new ListenerOptions(2, OverflowPolicy.DROP_OLDEST, 0));
        private final dev.qmp.internal.engine.Mailbox<EventSignal> mailbox = queue.inMailbox();

        @Operation
        public boolean addStop() {
            return mailbox.add(STOP);
        }

        @Operation
        public boolean addResume() {
            return mailbox.add(RESUME);
        }

        @Operation
        public String poll() {
            EventSignal signal = mailbox.poll();
            return signal == STOP
                    ? "STOP"
                    : signal == RESUME
                            ? "RESUME"
                            : signal instanceof EventSignal.Gap gap ? gap.lost() + " lost" : "nothing";
        }

        @Operation
        public long lost() {
            return mailbox.locked(queue::lost);
        }

        @Operation
        public void end() {
            mailbox.end(new ListenerException("over", null));
        }
    }

    /** A command that the loop answers or fails while its caller cancels it. */
    public static final class Completion {

        private final AtomicInteger told = new AtomicInteger();
        private final PendingCommand<String> command = pendingCommand(failure -> told.incrementAndGet());

        @Operation(nonParallelGroup = "loop")
        public void answer() {
            command.answer(REPLY, null);
        }

        @Operation(nonParallelGroup = "loop")
        public void fail() {
            command.fail(new IllegalStateException("lost"));
        }

        @Operation
        public boolean cancel() {
            return command.cancel(false);
        }

        @Operation
        public String outcome() {
            // one look only: between two, the outcome may come
            try {
                return command.getNow("open");
            } catch (CancellationException e) {
                return "cancelled";
            } catch (CompletionException e) {
                return "failed";
            }
        }

        /** The observer is notified once, if there is an outcome. */
        @Validate
        public void observerIsToldOnce() {
            int expected = command.isDone() ? 1 : 0;
            if (told.get() != expected) {
                throw new IllegalStateException("told " + told + " times, not " + expected);
            }
        }
    }

    /** Completions that the loop hands over, threads that run them, and checks that replace such a thread. */
    public static final class Batches {

        private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        private final Queue<Runnable> timers = new ConcurrentLinkedQueue<>();
        private final AtomicInteger done = new AtomicInteger();
        private int given;
        private final Completions completions = new Completions(
                new CallbackExecutor(tasks::add, new FailureLog(NOPLogger.NOP_LOGGER)),
                (InlineScheduler) (delay, timer) -> {
                    timers.add(timer);
                    return () -> timers.remove(timer);
                });

        @Operation(nonParallelGroup = "loop")
        public void complete() {
            given++;
            completions.execute(done::incrementAndGet);
        }

        @Operation(nonParallelGroup = "loop")
        public void check() {
            run(timers.poll());
        }

        @Operation(nonParallelGroup = "loop")
        public void end() {
            completions.end();
        }

        @Operation
        public void thread() {
            run(tasks.poll());
        }

        private static void run(@Nullable Runnable task) {
            if (task != null) {
                task.run();
            }
        }

        /** No timer is needed for this: each completion is with a thread that runs, or with a task. */
        @Validate
        public void eachIsDoneOnce() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
            if (done.get() != given) {
                throw new IllegalStateException(done + " of " + given + " are done");
            }
        }
    }

    /** A subscription whose loop offers, whose thread calls, and whose application waits and closes. */
    public static final class Deliveries {

        private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        private final AtomicInteger offered = new AtomicInteger();
        private final AtomicInteger called = new AtomicInteger();
        private final AtomicInteger tooEarly = new AtomicInteger();
        private final Queue<CompletableFuture<Void>> awaited = new ConcurrentLinkedQueue<>();
        private volatile boolean closed;
        private final PushSubscription subscription = new PushSubscription(
                new PushSettings(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS,
                        tasks::add,
                        removed -> {},
                        (delay, timer) -> Cancellable.NOTHING,
                        new FailureLog(NOPLogger.NOP_LOGGER)),
                signal -> called.incrementAndGet(),
                reason -> {});

        @Operation(nonParallelGroup = "loop")
        public void offer() {
            subscription.offer(STOP);
            offered.incrementAndGet();
        }

        @Operation
        public void deliver() {
            Runnable task = tasks.poll();
            if (task != null) {
                task.run();
            }
        }

        @Operation
        public void await() {
            int expected = offered.get();
            awaited.add(subscription.delivered().thenRun(() -> {
                if (called.get() < expected && !closed) {
                    tooEarly.incrementAndGet();
                }
            }));
        }

        @Operation
        public void close() {
            closed = true;
            subscription.close();
        }

        @Validate
        public void eachWaitEndsInTime() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
            if (tooEarly.get() > 0 || !awaited.stream().allMatch(CompletableFuture::isDone)) {
                throw new IllegalStateException(tooEarly + " waits ended too early, or one of " + awaited + " did not");
            }
        }
    }

    @Test
    @DisplayName("a wait for a delivery ends, and not before the callbacks have returned")
    void deliveries() {
        ModelChecking.of(Deliveries.class)
                .race("", "", "offer offer", "deliver", "await")
                .race("offer", "", "offer await", "deliver")
                .race("offer", "", "deliver", "await close")
                .race("offer await", "", "deliver", "close")
                .check();
    }

    @Test
    @DisplayName("#46 #47 every completion is done once, on any thread")
    void batches() {
        ModelChecking.of(Batches.class)
                .race("", "", "complete complete", "thread", "thread")
                .race("complete", "", "complete check", "thread", "thread")
                .race("complete complete", "", "check complete", "thread", "thread")
                .race("complete complete", "", "end complete", "thread thread")
                .check();
    }

    @Test
    @DisplayName(
            "#45 #47 of answer, failure and cancellation the first is the outcome, and the observer is notified once")
    void completion() {
        ModelChecking.of(Completion.class)
                .race("", "outcome", "answer", "cancel")
                .race("", "outcome", "fail", "cancel outcome")
                .race("", "outcome", "answer fail", "outcome cancel")
                .race("", "outcome", "answer", "cancel", "cancel outcome")
                .check();
    }

    @Test
    @DisplayName("#34 #47 no command is refused while there is room, and none is admitted while there is none")
    void admission() {
        ModelChecking.of(Admission.class)
                .race("admit", "queued", "admit", "admit")
                .race("admit admit", "queued", "dismiss", "admit admit")
                .race("admit admit", "queued", "dismiss dismiss", "admit", "admit queued")
                .check();
    }

    @Test
    @DisplayName("#33 #47 a command is queued, pending or abandoned, one of them at any moment, and then gone")
    void inFlight() {
        ModelChecking.of(InFlight.class)
                .race("", "counts", "enter write leave", "counts counts")
                .race("enter", "counts", "write abandon leave", "counts counts")
                .race("enter write", "counts", "abandon leave enter", "admit counts", "counts")
                .race("admit", "counts", "enter leave", "admit counts")
                .check();
    }

    @Test
    @DisplayName("#34 #47 the place of a command is released once, although its caller and the loop release it")
    void place() {
        ModelChecking.of(Place.class).race("admit", "", "fail", "release").check();
    }

    @Test
    @DisplayName("#50 #53 every event is read once, in order, or counted as lost")
    void mailbox() {
        ModelChecking.of(Mailbox.class)
                .race("addStop addStop", "poll poll poll lost", "addResume addResume", "poll poll")
                .race("addStop addStop", "poll poll poll lost", "addResume", "end poll")
                .race("", "poll poll lost", "addStop addResume", "end")
                .check();
    }
}
