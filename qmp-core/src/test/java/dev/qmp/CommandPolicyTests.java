package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.Level;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.NotSentException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.schema.QmpSchema;
import dev.qmp.testing.LogRecorder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Which commands a policy permits, and what a client does with one that it refuses. */
class CommandPolicyTests extends OnScriptedServer {

    /** The commands of the recorded machines that change nothing although they are no queries by name. */
    private static final Set<String> READING = Set.of(
            "device-list-properties",
            "qom-get",
            "qom-list",
            "qom-list-get",
            "qom-list-properties",
            "qom-list-types",
            "trace-event-get-state",
            "x-accel-stats",
            "x-debug-block-dirty-bitmap-sha256",
            "x-debug-query-block-graph",
            "xen-event-list");

    /** The queries of the recorded machines that change something. */
    private static final Set<String> CHANGING_QUERIES = Set.of("query-rx-filter", "x-query-profile");

    private static boolean permits(CommandPolicy policy, String name) {
        return policy.permits(QmpCommand.of(name));
    }

    static List<String> versions() {
        return QmpSchema.recordedVersions();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void readOnlyPermitsExactlyTheCommandsOfEachVersionThatChangeNothing(String version) {
        Set<String> expected = new TreeSet<>();
        Set<String> permitted = new TreeSet<>();
        for (String name : QmpSchema.recorded(version).commands().keySet()) {
            boolean query = name.startsWith("query-") || name.startsWith("x-query-");
            if (READING.contains(name) || (query && !CHANGING_QUERIES.contains(name))) {
                expected.add(name);
            }
            if (permits(CommandPolicy.readOnly(), name)) {
                permitted.add(name);
            }
        }
        assertThat(permitted).isEqualTo(expected).hasSizeGreaterThan(60);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "human-monitor-command",
                "transaction",
                "query-rx-filter",
                "x-query-profile",
                "ringbuf-read",
                "screendump",
                "dump-guest-memory",
                "calc-dirty-rate",
                "qom-set",
                "quit",
                "QUERY-STATUS",
                "query",
                "guest-exec",
                "guest-exec-status",
                "guest-file-open",
                "guest-file-read",
                "guest-fsfreeze-freeze",
                "guest-set-time",
                "guest-shutdown",
                "guest-ssh-add-authorized-keys"
            })
    void readOnlyRefusesWhatChanges(String name) {
        assertThat(permits(CommandPolicy.readOnly(), name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "guest-get-osinfo",
                "guest-get-fsinfo",
                "guest-network-get-interfaces",
                "guest-network-get-route",
                "guest-fsfreeze-status",
                "guest-ssh-get-authorized-keys",
                "guest-info",
                "guest-ping",
                "guest-sync",
                "guest-sync-delimited"
            })
    void readOnlyPermitsWhatAGuestAgentReports(String name) {
        assertThat(permits(CommandPolicy.readOnly(), name)).isTrue();
    }

    @Test
    void denyWinsOverAllow() {
        CommandPolicy policy = CommandPolicy.of(List.of("read-only", "system_*"), List.of("*reset", "query-vnc*"));
        assertThat(permits(policy, "system_powerdown")).isTrue();
        assertThat(permits(policy, "system_reset")).isFalse();
        assertThat(permits(policy, "query-status")).isTrue();
        assertThat(permits(policy, "query-vnc")).isFalse();
        assertThat(permits(policy, "query-vnc-servers")).isFalse();
        assertThat(permits(policy, "stop")).isFalse();
    }

    @Test
    void withoutAllowEverythingIsPermittedThatIsNotDenied() {
        CommandPolicy policy = CommandPolicy.of(List.of(), List.of("quit", "migrate*"));
        assertThat(permits(policy, "stop")).isTrue();
        assertThat(permits(policy, "quit")).isFalse();
        assertThat(permits(policy, "migrate_cancel")).isFalse();
        assertThat(permits(policy, "query-migrate")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"human-monitor-command", "guest-exec"})
    void aCommandThatCanDoWhatEveryOtherDoesNeedsAnEntryOfItsOwn(String name) {
        assertThat(permits(CommandPolicy.unrestricted(), name)).isTrue();
        assertThat(permits(CommandPolicy.of(List.of(), List.of("quit")), name)).isFalse();
        assertThat(permits(CommandPolicy.of(List.of("*"), List.of("quit")), name))
                .isFalse();
        assertThat(permits(CommandPolicy.of(List.of("human-*", "guest-*"), List.of()), name))
                .isFalse();
        assertThat(permits(CommandPolicy.of(List.of("*", name), List.of("quit")), name))
                .isTrue();
        assertThat(permits(CommandPolicy.of(List.of(name), List.of("*-*")), name))
                .isFalse();
    }

    @Test
    void aDeniedCommandIsRefusedAsAnActionOfATransactionToo() {
        CommandPolicy policy = CommandPolicy.of(List.of(), List.of("drive-*"));
        QmpCommand backups = QmpCommand.of(
                "transaction",
                Map.of("actions", List.of(Map.of("type", "blockdev-backup"), Map.of("type", "drive-backup"))));
        QmpCommand abort = QmpCommand.of("transaction", Map.of("actions", List.of(Map.of("type", "abort"))));
        assertThat(policy.permits(backups)).isFalse();
        assertThat(policy.permits(abort)).isTrue();
        assertThat(CommandPolicy.of(List.of("transaction"), List.of()).permits(backups))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "query status", "query-*, stop", "stop\n", "[a-z]+", ".*", "block.*"})
    void anEntryThatMatchesNoCommandIsRefused(String entry) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CommandPolicy.of(List.of(entry), List.of()))
                .withMessageContaining("'" + entry + "'");
        assertThatIllegalArgumentException().isThrownBy(() -> CommandPolicy.of(List.of(), List.of(entry)));
    }

    /** As a pattern, it would match no command of QEMU, so a command would not be denied. */
    @Test
    void aRegularExpressionIsRefusedWithThePatternThatIsMeant() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CommandPolicy.of(List.of(), List.of("block.*")))
                .withMessageContaining("write 'block*'");
    }

    @Test
    void thePresetCannotBeDenied() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CommandPolicy.of(List.of(), List.of("read-only")))
                .withMessageContaining("preset of allow");
    }

    @Test
    void aPolicyDescribesItself() {
        assertThat(CommandPolicy.unrestricted()).hasToString("unrestricted");
        assertThat(CommandPolicy.readOnly()).hasToString("allow: read-only; deny: none");
        assertThat(CommandPolicy.of(List.of(), List.of("quit", "quit")))
                .hasToString("allow: *; deny: quit")
                .isEqualTo(CommandPolicy.of(List.of(), List.of("quit")))
                .hasSameHashCodeAs(CommandPolicy.of(List.of(), List.of("quit")));
    }

    @Test
    void aRefusedCommandIsNotSentIsCountedAndLoggedWithinLimits() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.internal.client")) {
            connect(builder -> builder.commandPolicy(CommandPolicy.readOnly()));
            for (int i = 0; i < 3; i++) {
                Throwable failure = failureOf(client.execute("device_del", Map.of("id", "hunter2")));
                assertThat(failure)
                        .isInstanceOf(CommandRefusedException.class)
                        .hasMessage("device_del was not sent: the connection's command policy refuses it"
                                + " (allow: read-only; deny: none)");
                assertThat(((NotSentException) failure).reason()).isEqualTo(NotSentException.Reason.REFUSED);
            }
            CompletableFuture<JsonNode> permitted = client.execute("query-status");
            peer.answer(peer.hear("query-status"), "{}"); // the first line at the server: no command was sent before
            assertThat(permitted.join()).isEmpty();
            assertThat(client.status().commandsRefused()).isEqualTo(3);
            assertThat(client.status().commandPolicy()).isEqualTo(CommandPolicy.readOnly());
            assertThat(log.at(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains(client.name(), "device_del", "refused so far: 1")
                    .doesNotContain("hunter2");
        }
    }

    @Test
    void aRefusalIsOneLineOfTheLogWhateverTheNameOfTheClient() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.internal.client")) {
            client = QmpClient.builder(server.endpoint())
                    .name("vm1\nFORGED LINE")
                    .commandPolicy(CommandPolicy.readOnly())
                    .build();
            assertThat(failureOf(client.execute("quit"))).isInstanceOf(CommandRefusedException.class);
            assertThat(log.at(Level.WARN)).singleElement().asString().startsWith("vm1\\u000AFORGED LINE: quit was");
        }
    }

    @Test
    void thePolicyCountsForEachWayToIssueACommand() {
        connect(builder -> builder.commandPolicy(CommandPolicy.readOnly()));
        assertThat(failureOf(client.executeRaw(QmpJson.object().put("execute", "quit"))))
                .isInstanceOf(CommandRefusedException.class);
        assertThat(failureOf(client.executeRaw(QmpJson.object().put("exec-oob", "migrate-pause"))))
                .isInstanceOf(CommandRefusedException.class);
        assertThat(failureOf(client.execute(QmpCommand.of("quit"), String.class)))
                .isInstanceOf(CommandRefusedException.class);
        assertThat(failureOf(client.execute(QmpCommand.of("qmp_capabilities"))))
                .isInstanceOf(CommandRefusedException.class);
        assertThat(client.status().commandsRefused()).isEqualTo(4);
        assertThat(client.status().queued()).isZero();
    }

    @Test
    void aRefusalNeedsNoSession() {
        client = QmpClient.builder(server.endpoint())
                .commandPolicy(CommandPolicy.readOnly())
                .build();
        assertThat(failureOf(client.execute("quit"))).isInstanceOf(CommandRefusedException.class);
    }
}
