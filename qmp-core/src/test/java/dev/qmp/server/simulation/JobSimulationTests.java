package dev.qmp.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.server.QmpServer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A simulated job does what a test decides. */
class JobSimulationTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").start();
    private final JobSimulation jobs = JobSimulation.on(server);

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aFailedJobReportsTheErrorOfTheTest() throws Exception {
        try (QmpClient vm = QmpClient.builder(server.endpoint()).build()) {
            vm.blocking().connect();
            EventMailbox ends = vm.events().openMailbox(EventFilter.named("BLOCK_JOB_COMPLETED"));
            vm.execute(backup());
            jobs.awaitJob("j", SOON);
            jobs.progress("j", 0.5);
            assertThat(vm.blocking()
                            .execute("query-jobs")
                            .get(0)
                            .path("current-progress")
                            .asLong())
                    .isEqualTo(1L << 29);
            jobs.fail("j", "No space left on device");
            QmpEvent end = ends.nextEvent(SOON);
            assertThat(end).isNotNull();
            assertThat(end.data().path("error").asString()).isEqualTo("No space left on device");
            assertThat(end.data().path("offset").asLong()).isEqualTo(1L << 29);
            assertThat(jobs.ids()).isEmpty();
        }
    }

    @Test
    void jobsCanCompleteAtOnce() {
        jobs.completeAtOnce();
        try (QmpClient vm = QmpClient.builder(server.endpoint()).build()) {
            vm.blocking().connect();
            vm.blocking()
                    .execute(QmpCommand.of(
                            "blockdev-create", Map.of("job-id", "c", "options", Map.of("driver", "file"))));
            assertThat(jobs.ids()).containsExactly("c"); // created disks are dismissed by the client
            vm.blocking().execute(QmpCommand.of("job-dismiss", Map.of("id", "c")));
            assertThat(jobs.ids()).isEmpty();
        }
    }

    @Test
    void whatTheTestCannotDecideIsRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> jobs.complete("nope"))
                .withMessage("no job 'nope'; there are []");
        assertThatIllegalArgumentException().isThrownBy(() -> jobs.progress("j", 1.5));
        assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> jobs.awaitJob("j", Duration.ofMillis(1)));
        try (QmpClient vm = QmpClient.builder(server.endpoint()).build()) {
            vm.blocking().connect();
            vm.blocking().execute(backup().withArgument("auto-dismiss", false));
            jobs.complete("j");
            assertThatIllegalStateException()
                    .isThrownBy(() -> jobs.progress("j", 0.5))
                    .withMessage("job 'j' is concluded, it does not run");
        }
    }

    private static QmpCommand backup() {
        return QmpCommand.of("blockdev-backup", Map.of("job-id", "j", "device", "a", "target", "b", "sync", "full"));
    }
}
