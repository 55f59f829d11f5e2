package dev.qmp.autoconfigure.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.autoconfigure.TestMonitor;
import dev.qmp.message.QmpEvent;
import dev.qmp.server.CommandHandler;
import dev.qmp.spring.QmpClients;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

class GuestStatusDetailTests {

    private final TestMonitor monitor = TestMonitor.started();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(QmpAutoConfiguration.class, QmpHealthContributorAutoConfiguration.class))
            .withPropertyValues(
                    "qmp.connection.vm1.address=" + monitor.address(), "qmp.health.guest-status.enabled=true");

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void theGuestIsAskedWhenTheSessionBeginsAndAfterEventsThatMayHaveChangedIt() {
        runner.run(context -> {
            Awaitility.await().until(() -> "running".equals(details(context).get("guestStatus")));
            becomes("guest-panicked", "GUEST_PANICKED");
            Awaitility.await().until(() -> Status.DOWN.equals(health(context).getStatus()));
            assertThat(details(context)).containsEntry("guestStatus", "guest-panicked");
            becomes("paused", "STOP");
            Awaitility.await().until(() -> "paused".equals(details(context).get("guestStatus")));
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
        });
    }

    @Test
    void theGuestOfASessionThatBeganBeforeIsAskedToo() {
        runner.withPropertyValues("qmp.health.guest-status.enabled=false").run(context -> {
            Awaitility.await().until(() -> Status.UP.equals(health(context).getStatus()));
            Watches<String> late = new Watches<>(added -> true, GuestStatusDetail::of);
            context.getBean(QmpClients.class).addListener(late);
            Awaitility.await().until(() -> "running".equals(late.of("vm1")));
        });
    }

    @Test
    void lazyInitializationDoesNotKeepTheGuestFromBeingAsked() {
        runner.withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> Awaitility.await().until(() -> monitor.server().received().stream()
                        .anyMatch(command -> command.name().equals("query-status"))));
    }

    @Test
    void statusesMayBeSpeltAsBootLetsPropertiesBeSpelt() {
        runner.withPropertyValues("qmp.health.guest-status.down=Guest_Panicked").run(context -> {
            Awaitility.await().until(() -> details(context).containsKey("guestStatus"));
            becomes("guest-panicked", "GUEST_PANICKED");
            Awaitility.await()
                    .until(() -> "guest-panicked".equals(details(context).get("guestStatus")));
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
        });
    }

    @Test
    void aStatusThatQemuDoesNotHaveStopsTheStart() {
        runner.withPropertyValues("qmp.health.guest-status.down=paused,panicked")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidQmpPropertyException.class)
                        .hasMessageContaining("qmp.health.guest-status.down")
                        .hasMessageContaining("'panicked'"));
    }

    @Test
    void whichStatusesAreDownIsConfigurable() {
        runner.withPropertyValues("qmp.health.guest-status.down=paused").run(context -> {
            Awaitility.await().until(() -> Status.UP.equals(health(context).getStatus()));
            becomes("paused", "STOP");
            Awaitility.await().until(() -> Status.DOWN.equals(health(context).getStatus()));
        });
    }

    @Test
    void aStatusThatAMachineMakesUpIsEscapedAndCut() {
        runner.run(context -> {
            becomes("made up\n\u001b" + "y".repeat(5000), "STOP");
            Awaitility.await().until(() -> String.valueOf(details(context).get("guestStatus"))
                    .startsWith("made up"));
            assertThat(String.valueOf(details(context).get("guestStatus")))
                    .startsWith("made up\\u000A\\u001By")
                    .hasSizeLessThan(300);
        });
    }

    @Test
    void readingHealthAsksTheMachineNothing() {
        runner.run(context -> {
            Awaitility.await().until(() -> details(context).containsKey("guestStatus"));
            int before = monitor.server().received().size();
            for (int i = 0; i < 100; i++) {
                health(context);
            }
            assertThat(monitor.server().received()).hasSize(before);
        });
    }

    @Test
    void aStatusOfALostSessionIsForgotten() {
        runner.run(context -> {
            Awaitility.await().until(() -> details(context).containsKey("guestStatus"));
            monitor.stop();
            Awaitility.await().until(() -> !details(context).containsKey("guestStatus"));
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
        });
    }

    /** A guest that has stopped sends no further event, so a lost answer must be asked for again. */
    @Test
    void aGuestWhoseAnswerCameTooLateIsAskedAgain() {
        CountDownLatch busy = new CountDownLatch(1);
        runner.withPropertyValues("qmp.connection.vm1.command-timeout=200ms").run(context -> {
            Awaitility.await().until(() -> "running".equals(details(context).get("guestStatus")));
            monitor.server()
                    .handle(
                            "query-status",
                            CommandHandler.returning(TestMonitor.status("guest-panicked"))
                                    .after(busy));
            monitor.server().emit(QmpEvent.of("GUEST_PANICKED"));
            Awaitility.await().until(() -> !details(context).containsKey("guestStatus"));
            busy.countDown();
            Awaitility.await().until(() -> Status.DOWN.equals(health(context).getStatus()));
            assertThat(details(context)).containsEntry("guestStatus", "guest-panicked");
        });
    }

    @Test
    void withoutTheOptionNobodyAsks() {
        runner.withPropertyValues("qmp.health.guest-status.enabled=false").run(context -> {
            Awaitility.await().until(() -> Status.UP.equals(health(context).getStatus()));
            assertThat(details(context)).doesNotContainKey("guestStatus");
            assertThat(monitor.server().received())
                    .noneMatch(command -> command.name().equals("query-status"));
        });
    }

    private void becomes(String status, String event) {
        monitor.server().handle("query-status", command -> TestMonitor.status(status));
        monitor.server().emit(QmpEvent.of(event));
    }

    private static Map<String, Object> details(ApplicationContext context) {
        return health(context).getDetails();
    }

    private static Health health(ApplicationContext context) {
        CompositeHealthContributor all = context.getBean(CompositeHealthContributor.class);
        HealthIndicator indicator = (HealthIndicator) all.getContributor("vm1");
        assertThat(indicator).isNotNull();
        return indicator.health();
    }
}
