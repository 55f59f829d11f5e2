package dev.qmp.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import ch.qos.logback.classic.Level;
import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.message.QmpEvent;
import dev.qmp.power.PowerLadder;
import dev.qmp.process.QemuProcess;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ThrowingLog;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;

/** The order in which a context powers machines down. An embedded server and a sleeping process play a machine. */
@Timeout(30)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "runs sleep in the place of QEMU")
class QemuPowerDownTests {

    private static final PowerLadder ASK = PowerLadder.none().ask(Duration.ofSeconds(20));

    private final List<String> steps = new CopyOnWriteArrayList<>();
    private final List<QmpServer> servers = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> resources = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
    }

    /** Starts a machine that powers off when its power button is pressed. */
    private QemuProcess politeMachine(String name) throws Exception {
        Process sleep = sleep();
        return machine(name, sleep, command -> {
            steps.add(name + " is off");
            sleep.destroyForcibly();
            return CommandHandler.hangingUp().handle(command);
        });
    }

    private Process sleep() throws IOException {
        Process sleep = new ProcessBuilder("sleep", "300").start();
        resources.add(sleep::destroyForcibly);
        return sleep;
    }

    private QemuProcess machine(String name, Process process, CommandHandler button) throws Exception {
        QmpServer server = QmpServer.builder("tcp:127.0.0.1:0")
                .handler("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)))
                .handler("system_powerdown", button)
                .start();
        QmpClient client = QmpClient.builder(server.endpoint())
                .name(name)
                .reconnect(ReconnectPolicy.never())
                .build();
        resources.add(client);
        resources.add(server);
        servers.add(server);
        client.blocking().connect();
        return QemuProcess.adopt(client, process.pid());
    }

    @Test
    void usersStopBeforeTheMachinesAndClientsAfterThem() throws Exception {
        QemuProcess vm1 = politeMachine("vm1");
        QemuProcess vm2 = politeMachine("vm2");
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.registerBean("vm1", QemuProcess.class, () -> vm1);
        context.registerBean("vm2", QemuProcess.class, () -> vm2);
        context.registerBean(QemuPowerDown.class, () -> new QemuPowerDown(List.of(vm1, vm2), ASK));
        context.registerBean("user", Stopped.class, () -> new Stopped("user", 2, steps));
        context.registerBean("clients", Stopped.class, () -> new Stopped("clients", 0, steps));
        context.refresh();
        context.pause();
        context.restart();
        assertThat(steps).as("a pause leaves the machines alone").noneMatch(step -> step.endsWith("is off"));
        steps.clear();
        context.close();
        assertThat(steps).hasSize(4).startsWith("user").endsWith("clients").contains("vm1 is off", "vm2 is off");
        assertThat(vm1.isAlive()).isFalse();
    }

    @Test
    void aMachineThatRefusesDelaysNeitherTheOthersNorTheContext() throws Exception {
        QemuProcess refusing = machine("vm1", sleep(), CommandHandler.rejecting("GenericError", "not now"));
        QemuProcess polite = politeMachine("vm2");
        CountDownLatch stopped = new CountDownLatch(1);
        new QemuPowerDown(List.of(refusing, polite), ASK).stop(stopped::countDown);
        assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(steps).containsExactly("vm2 is off");
        assertThat(refusing.isAlive()).isTrue();
    }

    @Test
    void aLogThatThrowsKeepsNoMachineOnAndNoContextWaiting() throws Exception {
        QemuProcess refusing = machine("vm1", sleep(), CommandHandler.rejecting("GenericError", "not now"));
        QemuProcess polite = politeMachine("vm2");
        CountDownLatch stopped = new CountDownLatch(1);
        try (ThrowingLog log = ThrowingLog.install("dev.qmp.spring")) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> new QemuPowerDown(List.of(refusing, polite), ASK).stop(stopped::countDown));
            assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(log.lost()).hasSize(2);
        }
        assertThat(steps).containsExactly("vm2 is off");
    }

    @Test
    void aMachineThatASignalHasEndedIsLogged() throws Exception {
        Process sleep = sleep();
        QemuProcess machine = machine("vm1", sleep, command -> {
            servers.get(0).emit(QmpEvent.of("SHUTDOWN", Map.of("guest", false, "reason", "host-signal")));
            sleep.destroyForcibly();
            return CommandHandler.hangingUp().handle(command);
        });
        CountDownLatch stopped = new CountDownLatch(1);
        try (LogRecorder log = LogRecorder.of(QemuPowerDown.class.getName())) {
            new QemuPowerDown(List.of(machine), ASK).stop(stopped::countDown);
            assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(log.at(Level.WARN))
                    .singleElement(STRING)
                    .startsWith("vm1: a signal ended the machine")
                    .contains("withJvmShutdownGrace");
        }
    }

    @Test
    void theContextGoesOnAfterItsTimeoutForThePhase() throws Exception {
        QemuProcess ignoring = machine("vm1", sleep(), CommandHandler.returning(Map.of()));
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.registerBean("lifecycleProcessor", DefaultLifecycleProcessor.class, () -> {
            DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor();
            processor.setTimeoutPerShutdownPhase(100);
            return processor;
        });
        context.registerBean(QemuPowerDown.class, () -> new QemuPowerDown(List.of(ignoring), ASK));
        context.registerBean("clients", Stopped.class, () -> new Stopped("clients", 0, steps));
        context.refresh();
        context.close();
        assertThat(steps).containsExactly("clients");
    }

    @Test
    void stopsAtOnceWithoutMachines() throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        new QemuPowerDown(List.of(), ASK).stop(stopped::countDown);
        assertThat(stopped.getCount()).isZero();
    }

    @Test
    void refusesArgumentsByName() {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> new QemuPowerDown(null, ASK))
                .withMessage("machines");
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> new QemuPowerDown(List.of(), null))
                .withMessage("ladder");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new QemuPowerDown(List.of(), PowerLadder.none()))
                .withMessageContaining("ladder must have a step");
    }

    /** Records that it was stopped. */
    private static final class Stopped implements SmartLifecycle {

        private final String name;
        private final int phase;
        private final List<String> steps;
        private volatile boolean running;

        Stopped(String name, int phase, List<String> steps) {
            this.name = name;
            this.phase = phase;
            this.steps = steps;
        }

        @Override
        public int getPhase() {
            return phase;
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
            steps.add(name);
        }
    }
}
