package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.agent.command.GuestExec;
import dev.qmp.qapi.agent.command.GuestExecStatus;
import dev.qmp.qapi.agent.command.GuestGetHostName;
import dev.qmp.qapi.agent.command.GuestGetOsinfo;
import dev.qmp.qapi.agent.command.GuestGetTime;
import dev.qmp.qapi.agent.command.GuestGetVcpus;
import dev.qmp.qapi.agent.command.GuestInfo;
import dev.qmp.qapi.agent.command.GuestNetworkGetInterfaces;
import dev.qmp.qapi.agent.command.GuestPing;
import dev.qmp.qapi.agent.type.GuestAgentInfo;
import dev.qmp.qapi.agent.type.GuestExecCaptureOutput;
import dev.qmp.qapi.agent.type.GuestOSInfo;
import dev.qmp.testing.GuestAgent;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The client on a real guest agent, which speaks QMP without greeting, negotiation and events. */
@Timeout(60)
@RequiresQemu(Tool.GUEST_AGENT)
class GuestAgentIntegrationTests {

    private final GuestAgent agent = GuestAgent.start();
    private final QmpClient client = QmpClient.builder(agent.endpoint())
            .awaitGreeting(false)
            .negotiate(false)
            .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(200)))
            .build();

    @AfterEach
    void close() {
        client.close();
        agent.close();
    }

    private JsonNode execute(QmpCommand command) {
        return client.blocking().execute(command);
    }

    private JsonNode synchronize(long mark) {
        return execute(QmpCommand.of("guest-sync-delimited").withArgument("id", mark));
    }

    @Test
    @DisplayName("its results are records, and nothing in them is unknown")
    void answersAreTyped() {
        BlockingQmpClient typed = client.blocking();
        typed.connect();

        GuestAgentInfo info = typed.execute(GuestInfo.command());
        assertThat(info.unknownMembers()).isEmpty();
        assertThat(info.supportedCommands())
                .anySatisfy(command -> {
                    assertThat(command.name()).isEqualTo("guest-shutdown");
                    assertThat(command.successResponse()).isFalse();
                })
                .allSatisfy(command -> assertThat(command.unknownMembers()).isEmpty());
        GuestOSInfo system = typed.execute(GuestGetOsinfo.command());
        assertThat(system.kernelRelease()).isEqualTo(System.getProperty("os.version"));
        assertThat(system.unknownMembers()).isEmpty();
        assertThat(typed.execute(GuestGetHostName.command()).hostName()).isNotBlank();
        assertThat(typed.execute(GuestGetTime.command())).isPositive();
        assertThat(typed.execute(GuestNetworkGetInterfaces.command()))
                .anySatisfy(network -> assertThat(network.name()).isEqualTo("lo"))
                .allSatisfy(network -> assertThat(network.unknownMembers()).isEmpty());
        assertThat(typed.execute(GuestGetVcpus.command()))
                .anySatisfy(processor -> assertThat(processor.online()).isTrue());
        assertThat(typed.execute(GuestPing.command())).isNull();
    }

    @Test
    @DisplayName("a program runs, and its output and its end are records")
    void executesAProgram() {
        BlockingQmpClient typed = client.blocking();
        typed.connect();

        long pid = typed.execute(GuestExec.command("/bin/sh")
                        .withArg(List.of("-c", "echo done; exit 3"))
                        .withCaptureOutput(GuestExecCaptureOutput.of(true)))
                .pid();

        AtomicReference<dev.qmp.qapi.agent.type.GuestExecStatus> end = new AtomicReference<>();
        await().until(() -> {
            end.set(typed.execute(GuestExecStatus.command(pid)));
            return end.get().exited();
        });
        assertThat(end.get().exitcode()).isEqualTo(3);
        assertThat(end.get().signal()).isNull();
        assertThat(Base64.getDecoder().decode(end.get().outData()))
                .isEqualTo("done\n".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    @DisplayName("it answers, and lists its commands; the client's status has no greeting, out-of-band or machine")
    void answers() {
        client.blocking().connect();

        assertThat(execute(QmpCommand.of("guest-ping")).isEmpty()).isTrue();
        JsonNode info = execute(QmpCommand.of("guest-info"));
        assertThat(info.path("version").isString()).isTrue();
        assertThat(info.path("supported_commands").valueStream().map(one -> one.path("name")
                        .asString()))
                .contains("guest-ping", "guest-sync-delimited", "guest-shutdown");
        assertThat(client.status()).satisfies(status -> {
            assertThat(status.greeting()).isNull();
            assertThat(status.outOfBand()).isFalse();
            assertThat(status.machine()).isNull();
        });
    }

    @Test
    @DisplayName("#64 the byte 0xFF before the reply to guest-sync-delimited is passed over")
    void passesOverTheSentinel() {
        client.blocking().connect();

        assertThat(synchronize(99).longValue()).isEqualTo(99);
        assertThat(synchronize(Long.MAX_VALUE).longValue()).isEqualTo(Long.MAX_VALUE);
        assertThat(execute(QmpCommand.of("guest-ping")).isEmpty()).isTrue();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName(
            "what it does not know is refused, and the session goes on: out-of-band, negotiation, any other command")
    void refuses() {
        client.blocking().connect();

        for (QmpCommand unknown : new QmpCommand[] {
            QmpCommand.of("guest-ping").outOfBand(), QmpCommand.of("qmp_capabilities"), QmpCommand.of("query-status")
        }) {
            assertThatExceptionOfType(RejectedException.class).as("%s", unknown).isThrownBy(() -> execute(unknown));
        }
        assertThat(execute(QmpCommand.of("guest-ping")).isEmpty()).isTrue();
    }

    @Test
    @DisplayName("#48 a command that is not to be answered is done when it is sent; the reply that comes is dropped")
    void dropsTheReplyThatNobodyWaitsFor() {
        client.blocking().connect();

        for (int i = 0; i < 20; i++) {
            for (int j = 0; j < 10; j++) {
                assertThat(execute(QmpCommand.of("guest-ping").withoutReply()).isEmpty())
                        .isTrue();
            }
            assertThat(synchronize(i).intValue()).isEqualTo(i);
        }
        assertThat(client.status().strayReplies()).isZero();
        assertThat(client.status().abandoned()).isZero();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("its end is noticed, and when it is back the client is, too")
    void comesBack() {
        client.start();
        await().until(() -> client.runstate() == Runstate.RUNNING);
        assertThat(synchronize(1).longValue()).isEqualTo(1);

        agent.kill();
        await().until(() -> client.runstate() != Runstate.RUNNING);
        assertThatExceptionOfType(NotSentException.class).isThrownBy(() -> execute(QmpCommand.of("guest-ping")));

        agent.restart();
        await().until(() -> client.runstate() == Runstate.RUNNING);
        assertThat(synchronize(2).longValue()).isEqualTo(2);
        assertThat(client.status().reconnects()).isPositive();
    }

    @Test
    @DisplayName(
            "half a command of a client that was cut off spoils the first one of the next client, which is rejected; no more")
    void standsHalfACommandOfTheClientBefore() throws IOException {
        try (RawPeer cutOff = RawServer.dial(agent.endpoint())) {
            cutOff.write("{\"execute\": \"guest-p");
        }
        client.start();
        await().until(() -> client.runstate() == Runstate.RUNNING);

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> execute(QmpCommand.of("guest-ping")))
                .withMessageContaining("JSON parse error");

        assertThat(synchronize(3).longValue()).isEqualTo(3);
        assertThat(client.status().reconnects()).isZero();
    }

    @Test
    @DisplayName("half a command swallows the next ones until the first of them times out")
    void input2ACommandThatIsSwallowedHoldsUpNoOther() throws IOException {
        try (RawPeer cutOff = RawServer.dial(agent.endpoint())) {
            cutOff.write("{\"execute\": \"guest-ping\", \"arguments\": ");
        }
        client.blocking().connect();
        assertThatExceptionOfType(CommandTimeoutException.class)
                .isThrownBy(() -> execute(QmpCommand.of("guest-fsfreeze-status").withTimeout(Duration.ofMillis(500))));

        assertThat(execute(QmpCommand.of("guest-ping")).isEmpty()).isTrue();
        assertThat(synchronize(4).longValue()).isEqualTo(4);
        await().until(() -> client.status().abandoned() == 0);
        assertThat(client.status().reconnects()).isZero();
    }

    @Test
    @DisplayName("#29 an agent that stands still: what times out is dropped when it answers, and holds up nothing")
    void input2AnAgentThatStandsStillAnswersTheNextCommand() {
        client.blocking().connect();
        assertThat(synchronize(5).longValue()).isEqualTo(5);
        agent.freeze();
        assertThatExceptionOfType(CommandTimeoutException.class)
                .isThrownBy(() -> execute(QmpCommand.of("guest-info").withTimeout(Duration.ofMillis(300))));
        CompletableFuture<JsonNode> next = client.execute("guest-ping");
        agent.thaw();

        assertThat(next).succeedsWithin(Duration.ofSeconds(10));
        await().until(() -> client.status().abandoned() == 0);
        assertThat(synchronize(6).longValue()).isEqualTo(6);
        assertThat(client.status().strayReplies()).isZero();
        assertThat(client.status().reconnects()).isZero();
    }
}
