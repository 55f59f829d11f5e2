package dev.qmp.power;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.CommandCheck;
import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.ResultException;
import dev.qmp.event.EventSignal;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.type.RunState;
import dev.qmp.schema.InvalidCommandException;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.LateCallbacks;
import dev.qmp.testing.LogRecorder;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The status of a guest belongs to the present session, and is queried after all that may have changed it. */
@Timeout(30)
class GuestStatusWatchTests {

    /** A query that a frozen machine does not answer in time. */
    private static final TypedCommand<RunState> BRIEF = TypedCommand.of(
            QmpCommand.of("query-status").withTimeout(Duration.ofMillis(100)),
            result -> RunState.decode(result.get("status")));

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0")
            .handler("query-status", status("running"))
            .start();
    private final List<QmpClient> clients = new ArrayList<>();
    private final Queue<Runnable> pauses = new ConcurrentLinkedQueue<>();
    private final List<String> statuses = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(QmpClient::close);
        server.close();
    }

    private QmpClientBuilder builder() {
        return QmpClient.builder(server.endpoint()).name("vm1").disconnectTimeout(Duration.ofMillis(100));
    }

    private QmpClient connected(QmpClientBuilder builder) {
        QmpClient vm = idle(builder);
        vm.blocking().connect();
        return vm;
    }

    private QmpClient idle(QmpClientBuilder builder) {
        QmpClient vm = builder.build();
        clients.add(vm);
        return vm;
    }

    private GuestStatusWatch watch(QmpClient vm) {
        GuestStatusWatch watch = new GuestStatusWatch(vm, pauses::add);
        watch.addListener(now -> statuses.add(text(now)));
        return watch;
    }

    /** {@return a watch whose first query was answered and noticed by its listener} */
    private GuestStatusWatch running(QmpClient vm) {
        GuestStatusWatch watch = watch(vm);
        awaitStatuses("running");
        return watch;
    }

    /** {@return a view of a client that answers the first calls of one method otherwise} */
    private static QmpClient first(QmpClient vm, String name, Queue<Supplier<?>> answers) {
        return (QmpClient) Proxy.newProxyInstance(
                QmpClient.class.getClassLoader(), new Class<?>[] {QmpClient.class}, (self, method, arguments) -> {
                    Supplier<?> answer = method.getName().equals(name) ? answers.poll() : null;
                    return answer == null ? method.invoke(vm, arguments) : answer.get();
                });
    }

    private static String text(GuestStatus now) {
        return String.valueOf(now.status());
    }

    private static CommandHandler status(String status) {
        return CommandHandler.returning(Map.of("status", status, "running", status.equals("running")));
    }

    private void becomes(String status, String event) {
        server.handle("query-status", status(status));
        server.emit(QmpEvent.of(event));
    }

    private void awaitStatuses(String... expected) {
        await().untilAsserted(() -> assertThat(statuses).containsExactly(expected));
    }

    private long queries() {
        return server.received().stream()
                .filter(command -> command.name().equals("query-status"))
                .count();
    }

    /** The server receives commands in their order, so a query that was sent before has been counted afterwards. */
    private long queriesOf(QmpClient vm) {
        server.handle("x-last", CommandHandler.returning(Map.of()));
        vm.blocking().execute("x-last");
        return queries();
    }

    // ------------------------------------------------------------------ sessions and events

    @Test
    void theMachineIsQueriedInASessionThatBeganBefore() {
        GuestStatusWatch watch = running(connected(builder()));
        assertThat(watch.current().status()).isEqualTo(RunState.RUNNING);
        assertThat(watch.current().latency()).isPositive();
        assertThat(watch.current().unansweredFor()).isNull();
        assertThat(watch.current().failure()).isNull();
        assertThat(queries()).isEqualTo(1);
    }

    @Test
    void theMachineIsQueriedInEachSessionThatBeginsLater() {
        QmpClient vm = idle(builder());
        GuestStatusWatch watch = watch(vm);
        assertThat(watch.current())
                .isEqualTo(new GuestStatus(null, watch.current().since(), null, null, null));
        vm.blocking().connect();
        awaitStatuses("running");
        vm.blocking().disconnect();
        awaitStatuses("running", "null");
        server.handle("query-status", status("paused"));
        vm.blocking().connect();
        awaitStatuses("running", "null", "paused");
        assertThat(queries()).isEqualTo(2);
    }

    @Test
    void aChangeIsReportedOnce() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = running(vm);
        GuestStatus first = watch.current();
        watch.refresh();
        await().until(() -> queries() == 2 && watch.current().unansweredFor() == null);
        assertThat(watch.current().since()).as("an equal status").isEqualTo(first.since());
        becomes("guest-panicked", "GUEST_PANICKED");
        awaitStatuses("running", "guest-panicked");
        assertThat(watch.current().since()).isAfterOrEqualTo(first.since());
        becomes("paused", "STOP");
        awaitStatuses("running", "guest-panicked", "paused");
        vm.blocking().disconnect();
        awaitStatuses("running", "guest-panicked", "paused", "null");
    }

    @Test
    void otherEventsDoNotLeadToAQuery() {
        QmpClient vm = connected(builder());
        running(vm);
        server.emit(QmpEvent.of("RTC_CHANGE"));
        server.emit(QmpEvent.of("BLOCK_IO_ERROR")); // if the guest stops, STOP follows
        server.emit(QmpEvent.of("GUEST_CRASHLOADED"));
        await().until(() -> vm.status().eventsReceived() == 3);
        assertThat(queriesOf(vm)).isEqualTo(1);
    }

    /** The event that was lost may have been {@code STOP}. */
    @Test
    void lostEventsLeadToAQuery() {
        GuestStatusWatch watch = running(connected(builder()));
        server.handle("query-status", status("paused"));
        watch.received(new EventSignal.Gap(3));
        awaitStatuses("running", "paused");
    }

    @Test
    void eventsDuringAQueryLeadToOneQueryAfterIt() {
        CountDownLatch events = new CountDownLatch(1);
        server.handle("query-status", CommandHandler.inTurn(status("running").after(events), status("paused")));
        QmpClient vm = connected(builder());
        watch(vm);
        await().until(() -> queries() == 1);
        for (int i = 1; i <= 3; i++) {
            server.emit(QmpEvent.of("STOP"));
        }
        await().until(() -> vm.status().eventsReceived() == 3);
        assertThat(vm.status().pending() + vm.status().queued())
                .as("queries under way")
                .isEqualTo(1);
        events.countDown();
        await().untilAsserted(() -> assertThat(statuses).endsWith("paused"));
        assertThat(queriesOf(vm)).isEqualTo(2);
    }

    @Test
    void anEventDuringAQueryThatFailsLeadsToAnotherQueryWithoutAPause() {
        CountDownLatch event = new CountDownLatch(1);
        CommandHandler failing =
                CommandHandler.rejecting("GenericError", "not now").after(event);
        server.handle("query-status", CommandHandler.inTurn(failing, status("paused")));
        QmpClient vm = connected(builder());
        watch(vm);
        await().until(() -> queries() == 1);
        server.emit(QmpEvent.of("STOP"));
        await().until(() -> vm.status().eventsReceived() == 1);
        event.countDown();
        await().untilAsserted(() -> assertThat(statuses).endsWith("paused"));
        assertThat(queriesOf(vm)).isEqualTo(2);
        assertThat(pauses).isEmpty();
    }

    @Test
    void theStatusIsUnknownAsSoonAsTheSessionEndsThoughTheCallbackExecutorIsBusy() {
        LateCallbacks callbacks = new LateCallbacks();
        QmpClient vm = connected(builder().callbackExecutor(callbacks));
        GuestStatusWatch watch = running(vm);
        callbacks.hold(Integer.MAX_VALUE);
        server.close();
        await().until(() -> vm.runstate() != Runstate.RUNNING && watch.current().status() == null);
        assertThat(statuses).containsExactly("running");
        callbacks.release();
        awaitStatuses("running", "null");
    }

    /** {@return a watch whose first reply has arrived, while all callbacks are held} The next is {@code running}. */
    private GuestStatusWatch watchWithHeldReply(QmpClient vm, LateCallbacks callbacks, String status) {
        CountDownLatch held = new CountDownLatch(1);
        server.handle("query-status", CommandHandler.inTurn(status(status).after(held), status("running")));
        GuestStatusWatch watch = watch(vm);
        callbacks.hold(Integer.MAX_VALUE);
        held.countDown();
        await().until(() -> callbacks.held() > 0);
        assertThat(watch.current().unansweredFor()).isNotNull();
        return watch;
    }

    @Test
    void aReplyThatIsNoticedAfterTheSessionIsIgnored() {
        LateCallbacks callbacks = new LateCallbacks();
        QmpClient vm = connected(builder().callbackExecutor(callbacks));
        GuestStatusWatch watch = watchWithHeldReply(vm, callbacks, "paused");
        vm.blocking().disconnect();
        callbacks.release();
        assertThat(watch.current().status()).isNull();
        assertThat(statuses).isEmpty();
    }

    @Test
    void aReplyOfAnEarlierSessionIsIgnoredInTheNext() {
        LateCallbacks callbacks = new LateCallbacks();
        QmpClient vm = connected(builder().callbackExecutor(callbacks));
        GuestStatusWatch watch = watchWithHeldReply(vm, callbacks, "paused");
        vm.blocking().disconnect();
        callbacks.hold(0);
        vm.blocking().connect();
        awaitStatuses("running");
        callbacks.release();
        assertThat(watch.current().status()).isEqualTo(RunState.RUNNING);
        assertThat(statuses).containsExactly("running");
    }

    // ------------------------------------------------------------------ a machine that owes a reply

    @Test
    void theTimeThatTheMachineOwesItsReplyIsCounted() {
        server.handle("query-status", CommandHandler.hanging());
        GuestStatusWatch watch = watch(connected(builder()));
        Duration waited = watch.current().unansweredFor();
        await().until(() -> watch.current().unansweredFor().minus(waited).compareTo(Duration.ofMillis(20)) > 0);
        assertThat(watch.current().latency()).isNull();
    }

    @Test
    void input60AFrozenMachineIsSilentSinceTheFirstQuery() {
        QmpClient vm = connected(builder());
        Queue<Supplier<?>> queries = new ConcurrentLinkedQueue<>();
        GuestStatusWatch watch = running(first(vm, "execute", queries));
        queries.add(() -> vm.execute(BRIEF));
        queries.add(() -> vm.execute(BRIEF));
        CountDownLatch thawed = new CountDownLatch(1);
        server.handle("query-status", status("running").after(thawed));
        long before = System.nanoTime();
        watch.refresh();
        long after = System.nanoTime();
        await().until(() -> watch.current().failure() instanceof CommandTimeoutException);
        watch.refresh();
        await().until(() -> vm.status().abandoned() == 2);
        long now = System.nanoTime();
        assertThat(watch.current().unansweredFor())
                .isGreaterThanOrEqualTo(Duration.ofNanos(now - after))
                .isLessThanOrEqualTo(Duration.ofNanos(System.nanoTime() - before));
        assertThat(watch.current().status()).as("the last known").isEqualTo(RunState.RUNNING);
        pauses.remove().run();
        assertThat(pauses).as("the machine still owes a reply").hasSize(1);
        assertThat(vm.status().pending() + vm.status().queued()).isZero();
        thawed.countDown();
        await().until(() -> vm.status().abandoned() == 0);
        assertThat(pauses).hasSize(1);
        pauses.remove().run();
        await().until(() -> watch.current().unansweredFor() == null);
        assertThat(watch.current().failure()).isNull();
        assertThat(statuses).containsExactly("running");
    }

    @Test
    void input60TheEndOfTheSessionEndsTheSilence() {
        CountDownLatch thawed = new CountDownLatch(1);
        server.handle("query-status", status("running").after(thawed));
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = watch(vm);
        assertThat(watch.current().unansweredFor()).isNotNull();
        vm.blocking().disconnect();
        assertThat(watch.current().unansweredFor()).isNull();
        assertThat(watch.current().failure()).isNull();
        assertThat(pauses).isEmpty();
        thawed.countDown();
    }

    @Test
    void input60ARejectionIsAReply() {
        server.handle("query-status", CommandHandler.rejecting("GenericError", "not now"));
        GuestStatusWatch watch = watch(connected(builder()));
        await().until(() -> watch.current().failure() instanceof RejectedException);
        assertThat(watch.current().unansweredFor()).isNull();
        assertThat(watch.current().status()).isNull();
    }

    @Test
    void aReplyThatCannotBeReadIsAReply() {
        server.handle("query-status", CommandHandler.returning(Map.of()));
        GuestStatusWatch watch = watch(connected(builder()));
        await().until(() -> watch.current().failure() instanceof ResultException);
        assertThat(watch.current().unansweredFor()).isNull();
    }

    @Test
    void aStatusThatTheLibraryDoesNotKnowIsReported() {
        server.handle("query-status", CommandHandler.returning(Map.of("status", "hibernating")));
        watch(connected(builder()));
        awaitStatuses("hibernating");
    }

    // ------------------------------------------------------------------ repetitions

    private GuestStatusWatch rejected(QmpClient vm) {
        server.handle("query-status", CommandHandler.rejecting("GenericError", "not now"));
        GuestStatusWatch watch = watch(vm);
        await().until(() -> pauses.size() == 1);
        return watch;
    }

    /** A guest that has stopped sends no further event. */
    @Test
    void aQueryThatFailedIsRepeatedOnceAfterAPause() {
        QmpClient vm = connected(builder());
        rejected(vm);
        server.handle("query-status", status("paused"));
        pauses.remove().run();
        awaitStatuses("paused");
        assertThat(pauses).isEmpty();
        assertThat(queriesOf(vm)).isEqualTo(2);
    }

    @Test
    void onePauseIsEnough() {
        GuestStatusWatch watch = rejected(connected(builder()));
        Throwable first = watch.current().failure();
        watch.refresh();
        await().until(() -> watch.current().failure() != first);
        assertThat(pauses).hasSize(1);
        pauses.remove().run();
        await().until(() -> pauses.size() == 1);
    }

    @Test
    void aQueryIsNotRepeatedIfAnotherOneHasSucceeded() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = rejected(vm);
        becomes("paused", "STOP");
        awaitStatuses("paused");
        pauses.remove().run();
        assertThat(watch.current().unansweredFor()).isNull();
        assertThat(queriesOf(vm)).isEqualTo(2);
    }

    @Test
    void aQueryOfAnEarlierSessionIsNotRepeated() {
        QmpClient vm = connected(builder());
        rejected(vm);
        Runnable stale = pauses.remove();
        vm.blocking().disconnect();
        stale.run();
        vm.blocking().connect();
        await().until(() -> pauses.size() == 1);
        stale.run();
        assertThat(queriesOf(vm)).isEqualTo(2);
        CountDownLatch busy = abandonOne(vm);
        stale.run();
        assertThat(pauses).hasSize(1);
        busy.countDown();
    }

    /** Leaves the machine with a command that it has to answer, and that has no caller. */
    private CountDownLatch abandonOne(QmpClient vm) {
        CountDownLatch busy = new CountDownLatch(1);
        server.handle("x-slow", CommandHandler.returning(Map.of()).after(busy));
        CompletableFuture<JsonNode> slow = vm.execute("x-slow");
        await().until(() -> vm.status().pending() == 1);
        slow.cancel(true);
        await().until(() -> vm.status().abandoned() == 1);
        return busy;
    }

    @Test
    void aPauseThatEndsDuringAQueryCausesNoOther() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = rejected(vm);
        CountDownLatch busy = new CountDownLatch(1);
        server.handle("query-status", status("paused").after(busy));
        watch.refresh();
        pauses.remove().run();
        busy.countDown();
        awaitStatuses("paused");
        assertThat(queriesOf(vm)).isEqualTo(2);
        assertThat(pauses).isEmpty();
    }

    /** Each further query would take one more place on the wire. */
    @Test
    void aQueryIsNotRepeatedWhileTheMachineOwesRepliesToAbandonedCommands() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = rejected(vm);
        CountDownLatch busy = abandonOne(vm);
        pauses.remove().run();
        assertThat(pauses).as("another pause").hasSize(1);
        assertThat(watch.current().unansweredFor()).as("a query under way").isNull();
        server.handle("query-status", status("paused"));
        busy.countDown();
        await().until(() -> vm.status().abandoned() == 0);
        pauses.remove().run();
        awaitStatuses("paused");
        assertThat(queries()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"finish-migrate", "inmigrate"})
    void aStatusThatMayEndWithoutAnEventIsQueriedUntilItHasEnded(String passing) {
        QmpClient vm = connected(builder());
        passing(vm, passing);
        server.handle("query-status", CommandHandler.inTurn(status(passing), status("postmigrate")));
        pauses.remove().run();
        await().until(() -> pauses.size() == 1);
        pauses.remove().run();
        awaitStatuses(passing, "postmigrate");
        assertThat(queriesOf(vm)).isEqualTo(3);
        assertThat(pauses).isEmpty();
    }

    private GuestStatusWatch passing(QmpClient vm, String status) {
        server.handle("query-status", status(status));
        GuestStatusWatch watch = watch(vm);
        awaitStatuses(status);
        await().until(() -> pauses.size() == 1);
        return watch;
    }

    @Test
    void onePauseIsEnoughForAStatusThatMayEndWithoutAnEvent() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = passing(vm, "finish-migrate");
        Duration first = watch.current().latency();
        watch.refresh();
        await().until(() -> !first.equals(watch.current().latency()));
        server.handle("query-status", CommandHandler.rejecting("GenericError", "not now"));
        watch.refresh();
        await().until(() -> watch.current().failure() != null);
        assertThat(pauses).hasSize(1);
        server.handle("query-status", status("finish-migrate"));
        pauses.remove().run();
        await().until(() -> pauses.size() == 1);
        becomes("running", "RESUME");
        awaitStatuses("finish-migrate", "running");
        pauses.remove().run();
        assertThat(queriesOf(vm)).as("no query after the pause").isEqualTo(5);
        assertThat(pauses).isEmpty();
    }

    @Test
    void aQueryThatThePolicyRefusesIsNotRepeatedInThisSession() {
        CommandPolicy policy = CommandPolicy.of(List.of("stop"), List.of());
        QmpClient vm = connected(builder().commandPolicy(policy));
        GuestStatusWatch watch = watch(vm);
        await().until(() -> watch.current().failure() instanceof CommandRefusedException);
        assertThat(watch.current().unansweredFor()).isNull();
        server.emit(QmpEvent.of("STOP"));
        await().until(() -> vm.status().eventsReceived() == 1);
        watch.refreshIfOlder(Duration.ZERO);
        assertThat(vm.status().commandsRefused()).isEqualTo(1);
        assertThat(pauses).isEmpty();
        watch.refresh();
        assertThat(vm.status().commandsRefused()).as("a caller's query").isEqualTo(2);
        vm.blocking().disconnect();
        vm.blocking().connect();
        await().until(() -> vm.status().commandsRefused() == 3);
    }

    @Test
    void aQueryThatTheMachineDoesNotHaveIsNotRepeatedInThisSession() {
        server.handle("query-status", CommandHandler.rejecting("CommandNotFound", "has not been found"));
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = watch(vm);
        await().until(() -> watch.current().failure() != null);
        server.emit(QmpEvent.of("STOP"));
        await().until(() -> vm.status().eventsReceived() == 1);
        watch.refreshIfOlder(Duration.ZERO);
        assertThat(queriesOf(vm)).isEqualTo(1);
        assertThat(pauses).isEmpty();
        assertThat(watch.current().unansweredFor()).isNull();
    }

    @Test
    void aQueryThatTheCheckRefusesIsNotRepeated() {
        server.handle("query-qmp-schema", CommandHandler.returning(List.of()));
        QmpClient vm = connected(builder().commandCheck(CommandCheck.REFUSE));
        GuestStatusWatch watch = watch(vm);
        await().until(() -> watch.current().failure() instanceof InvalidCommandException);
        assertThat(watch.current().unansweredFor()).isNull();
        assertThat(pauses).isEmpty();
    }

    // ------------------------------------------------------------------ callers

    @Test
    void aRefreshIfOlderSparesQueries() {
        QmpClient vm = connected(builder());
        Queue<Supplier<?>> queries = new ConcurrentLinkedQueue<>();
        GuestStatusWatch watch = running(first(vm, "execute", queries));
        watch.refreshIfOlder(Duration.ofHours(1));
        assertThat(queriesOf(vm)).as("a recent one").isEqualTo(1);
        CountDownLatch busy = new CountDownLatch(1);
        server.handle("query-status", status("paused").after(busy));
        queries.add(() -> vm.execute(BRIEF));
        watch.refreshIfOlder(Duration.ZERO);
        assertThat(watch.current().unansweredFor()).isNotNull();
        watch.refreshIfOlder(Duration.ZERO);
        await().until(() -> vm.status().abandoned() == 1);
        await().until(() -> watch.current().failure() != null);
        watch.refreshIfOlder(Duration.ZERO);
        assertThat(vm.status().pending() + vm.status().queued()).isZero();
        busy.countDown();
        await().until(() -> vm.status().abandoned() == 0);
        watch.refreshIfOlder(Duration.ZERO);
        awaitStatuses("running", "paused");
        assertThat(queriesOf(vm)).isEqualTo(3);
    }

    @Test
    void withoutASessionThereIsNoQuery() {
        List<String> issued = new CopyOnWriteArrayList<>();
        QmpClient vm = idle(builder().commandObserver((client, command) -> {
            issued.add(command.name());
            return failure -> {};
        }));
        GuestStatusWatch watch = watch(vm);
        watch.refresh();
        watch.refreshIfOlder(Duration.ZERO);
        assertThat(issued).isEmpty();
    }

    /** The session ends between the look at the runstate and the query. */
    @Test
    void aQueryThatMissesItsSessionLeavesNothing() {
        QmpClient vm = idle(builder());
        Queue<Runstate> first = new ConcurrentLinkedQueue<>(List.of(Runstate.RUNNING));
        QmpClient late = (QmpClient) Proxy.newProxyInstance(
                QmpClient.class.getClassLoader(),
                new Class<?>[] {QmpClient.class},
                (self, method, arguments) -> method.getName().equals("runstate") && !first.isEmpty()
                        ? first.remove()
                        : method.invoke(vm, arguments));
        GuestStatusWatch watch = watch(late);
        assertThat(first).isEmpty();
        await().until(() -> watch.current().unansweredFor() == null);
        assertThat(watch.current().failure()).isNull();
        assertThat(pauses).isEmpty();
        assertThat(statuses).isEmpty();
    }

    /** The failure reads the runstate between two sessions, and the next one begins before the failure is handled. */
    @Test
    void aQueryThatMissesItsSessionDoesNotLoseTheRequestOfTheNext() {
        QmpClient vm = connected(builder());
        AtomicReference<GuestStatusWatch> watch = new AtomicReference<>();
        CompletableFuture<RunState> late = new CompletableFuture<>();
        QmpClient once = first(vm, "execute", new ConcurrentLinkedQueue<>(List.of(() -> late)));
        QmpClient between = first(once, "runstate", new ConcurrentLinkedQueue<>(List.of(() -> Runstate.RUNNING, () -> {
            watch.get().refresh();
            return Runstate.CONNECTING;
        })));
        watch.set(watch(between));
        late.completeExceptionally(new IllegalStateException("not sent"));
        awaitStatuses("running");
        assertThat(pauses).isEmpty();
    }

    @Test
    void aQueryThatCannotBeginIsRepeated() {
        AtomicReference<Error> full = new AtomicReference<>();
        QmpClient vm = connected(builder());
        Queue<Supplier<?>> answers = new ConcurrentLinkedQueue<>();
        GuestStatusWatch watch = running(first(vm, "execute", answers));
        answers.add(() -> {
            full.set(new OutOfMemoryError("for a test"));
            throw full.get();
        });
        assertThatThrownBy(watch::refresh).isSameAs(full.get());
        assertThat(watch.current().failure()).isSameAs(full.get());
        server.handle("query-status", status("paused"));
        pauses.remove().run();
        awaitStatuses("running", "paused");
        assertThat(watch.current().failure()).isNull();
    }

    @Test
    void wrongUseIsRefused() {
        try (QmpClient agent =
                QmpClient.builder("tcp:127.0.0.1:1").name("agent1").guestAgent().build()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GuestStatusWatch.open(agent))
                    .withMessageContaining("agent1")
                    .withMessageContaining("guest agent");
        }
        try (GuestStatusWatch watch = GuestStatusWatch.open(idle(builder()))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> watch.refreshIfOlder(Duration.ofNanos(-1)))
                    .withMessageContaining("age must be positive or zero");
        }
    }

    // ------------------------------------------------------------------ listeners

    @Test
    void aListenerThatFailsIsLoggedAndReceivesTheNextChange() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.power.GuestStatusWatch")) {
            GuestStatusWatch watch = new GuestStatusWatch(connected(builder()), pauses::add);
            watch.addListener(now -> {
                statuses.add(text(now));
                throw new AssertionError("no room for " + now.status());
            });
            awaitStatuses("running");
            becomes("paused", "STOP");
            awaitStatuses("running", "paused");
            await().untilAsserted(() -> assertThat(log.at(Level.WARN)).hasSize(2));
            assertThat(log.everything().get(0))
                    .startsWith("vm1: a listener of the guest's status failed")
                    .contains("no room for running");
        }
    }

    @Test
    void aFailureThatCannotBeLoggedEndsNoCalls() {
        GuestStatusWatch watch = new GuestStatusWatch(connected(builder()), pauses::add);
        watch.addListener(now -> {
            statuses.add(text(now));
            throw new IllegalStateException() {

                private static final long serialVersionUID = 1L;

                @Override
                public String getMessage() {
                    throw new UnsupportedOperationException("the log asks for the text");
                }
            };
        });
        awaitStatuses("running");
        becomes("paused", "STOP");
        awaitStatuses("running", "paused");
    }

    @Test
    void aListenerThatComesLaterReceivesTheKnownStatusAndAClosedOneNothing() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = running(vm);
        List<String> late = new CopyOnWriteArrayList<>();
        Registration registration = watch.addListener(now -> late.add(text(now)));
        await().untilAsserted(() -> assertThat(late).containsExactly("running"));
        registration.close();
        becomes("paused", "STOP");
        awaitStatuses("running", "paused");
        assertThat(late).containsExactly("running");
    }

    @Test
    void changesDuringACallAreMerged() throws Exception {
        GuestStatusWatch watch = running(connected(builder()));
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch slow = new CountDownLatch(1);
        List<String> received = new CopyOnWriteArrayList<>();
        watch.addListener(now -> {
            received.add(text(now));
            called.countDown();
            awaitUninterruptibly(slow);
        });
        assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
        becomes("paused", "STOP");
        awaitStatuses("running", "paused");
        becomes("io-error", "STOP");
        awaitStatuses("running", "paused", "io-error");
        assertThat(received).as("one call at a time").containsExactly("running");
        slow.countDown();
        await().untilAsserted(() -> assertThat(received).containsExactly("running", "io-error"));
    }

    @Test
    void aCallNeedsAnotherStatusAndAnOpenRegistration() {
        LateCallbacks callbacks = new LateCallbacks();
        GuestStatusWatch watch = running(connected(builder()));
        List<String> received = new CopyOnWriteArrayList<>();
        StatusListener listener = new StatusListener(watch, now -> received.add(text(now)), callbacks);
        callbacks.hold(1);
        listener.changed();
        callbacks.release();
        assertThat(received).containsExactly("running");
        callbacks.hold(1);
        listener.changed(); // to another status and back
        callbacks.release();
        assertThat(received).containsExactly("running");
        becomes("paused", "STOP");
        awaitStatuses("running", "paused");
        callbacks.hold(1);
        listener.changed();
        listener.close();
        callbacks.release();
        assertThat(received).containsExactly("running");
    }

    @Test
    void anExecutorThatRefusesLosesNoChange() {
        GuestStatusWatch watch = running(connected(builder()));
        List<String> received = new CopyOnWriteArrayList<>();
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };
        StatusListener listener = new StatusListener(watch, now -> received.add(text(now)), full);
        listener.changed();
        assertThat(received).containsExactly("running");
    }

    @Test
    void aListenerMayExecuteBlockingCommandsAndUseTheWatch() {
        QmpClient vm = connected(builder());
        server.handle("x-slow", CommandHandler.returning("done"));
        GuestStatusWatch watch = new GuestStatusWatch(vm, pauses::add);
        watch.addListener(now -> {
            statuses.add(text(now) + " " + vm.blocking().execute("x-slow").asString());
            watch.refresh();
            watch.addListener(same -> {
                watch.close();
                statuses.add("closed");
            });
        });
        awaitStatuses("running done", "closed");
    }

    // ------------------------------------------------------------------ the end

    @Test
    void nothingFollowsTheClose() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = rejected(vm);
        watch.close();
        watch.close();
        pauses.remove().run();
        watch.refresh();
        watch.refreshIfOlder(Duration.ZERO);
        watch.addListener(now -> statuses.add("late"));
        becomes("paused", "STOP");
        await().until(() -> vm.status().eventsReceived() == 1);
        vm.blocking().disconnect();
        vm.blocking().connect();
        assertThat(queriesOf(vm)).isEqualTo(1);
        assertThat(pauses).isEmpty();
        assertThat(statuses).isEmpty();
        assertThat(watch.current())
                .isEqualTo(new GuestStatus(null, watch.current().since(), null, null, null));
    }

    /** In a session that lasts, {@code inmigrate} would be queried again. */
    @Test
    void aReplyAfterTheCloseIsIgnored() {
        LateCallbacks callbacks = new LateCallbacks();
        QmpClient vm = connected(builder().callbackExecutor(callbacks));
        GuestStatusWatch watch = watchWithHeldReply(vm, callbacks, "inmigrate");
        watch.close();
        callbacks.release();
        assertThat(pauses).isEmpty();
        assertThat(watch.current().status()).isNull();
        assertThat(statuses).isEmpty();
    }

    @Test
    void theCloseOfTheClientEndsTheWatch() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = running(vm);
        vm.close();
        awaitStatuses("running", "null");
        assertThat(watch.current().unansweredFor()).isNull();
        assertThat(GuestStatusWatch.open(vm).current().status()).isNull();
    }

    /** Sessions, events, callers and replies at once: at the end the watch knows the last status. */
    @Test
    void theLastStatusIsKnownInTheEnd() {
        QmpClient vm = connected(builder());
        GuestStatusWatch watch = running(vm);
        List<String> possible = List.of("paused", "running", "io-error");
        for (int round = 0; round < 60; round++) {
            for (int change = 0; change < 20; change++) {
                becomes(possible.get(change % 3), "STOP");
                watch.refresh();
            }
            if (round % 10 == 9) {
                vm.blocking().disconnect();
                server.handle("query-status", status("running"));
                vm.blocking().connect();
            }
            String last = round % 10 == 9 ? "running" : possible.get(19 % 3);
            await().untilAsserted(() -> assertThat(text(watch.current())).isEqualTo(last));
            await().untilAsserted(() -> assertThat(statuses).endsWith(last));
        }
        assertThat(pauses).isEmpty();
    }
}
