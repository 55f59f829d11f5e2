package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.atMost;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.qmp.HandshakePhase;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpConnectionProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.Answers;
import org.mockito.ArgumentCaptor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The client is a mock that reports failed attempts, because root is refused no socket. */
@ExtendWith(OutputCaptureExtension.class)
class DiscoveredSocketTests {

    private final QmpConnectException denied =
            new QmpConnectException(ConnectPhase.TRANSPORT, false, "permission denied", null);

    private final QmpClient client = mock(QmpClient.class);

    @TempDir
    private Path folder;

    private Path path;
    private DiscoveredSocket socket;

    @BeforeEach
    void discover() {
        path = folder.resolve("vm1.qmp");
        socket = new DiscoveredSocket(new SocketFile(path, 1, FileTime.fromMillis(0)), client, client::start);
    }

    @Test
    void aSocketThatGotItsPermissionsLateIsTriedAgainAndNotWithEveryLook() throws IOException {
        Files.createFile(path);
        given(client.status()).willReturn(status(Runstate.IDLE, denied, false));
        for (int i = 0; i < 100; i++) {
            socket.resume();
        }
        verify(client, atLeastOnce()).start();
        verify(client, atMost(3)).start(); // one a second, then less often
    }

    @Test
    void whatCannotBeWrittenToIsNotTriedAgain() {
        given(client.status()).willReturn(status(Runstate.IDLE, denied, false));
        socket.resume();
        verify(client, never()).start();
    }

    @Test
    void whoGoesOnByItselfOrHasGivenUpForAnotherReasonIsLeftAlone() throws IOException {
        Files.createFile(path);
        QmpConnectException noMonitor =
                new QmpConnectException(HandshakePhase.GREETING, false, "this is no QMP monitor", null);
        QmpConnectException nobody = new QmpConnectException(ConnectPhase.TRANSPORT, true, "nobody listens", null);
        given(client.status())
                .willReturn(
                        status(Runstate.IDLE, null, false),
                        status(Runstate.IDLE, denied, true),
                        status(Runstate.CONNECTING, denied, false),
                        status(Runstate.IDLE, noMonitor, false),
                        status(Runstate.IDLE, nobody, false));
        for (int i = 0; i < 5; i++) {
            socket.resume();
        }
        verify(client, times(5)).status();
        verify(client, never()).start();
    }

    /** Another instance of a fleet may hold the connection meanwhile. */
    @Test
    void theRegistryDecidesWhetherTheClientStartsAgain() {
        DefaultQmpClients clients = mock(DefaultQmpClients.class);
        given(clients.add(eq("vm1"), any(QmpConnectionProperties.class))).willReturn(client);
        given(client.status()).willReturn(status(Runstate.IDLE, denied, false));
        try (QmpServer server = QmpServer.builder(Endpoint.unix(path)).start()) {
            DiscoveredSockets sockets = new DiscoveredSockets(folder, clients);
            sockets.update();
            verify(clients, never()).start(any(), any());
            sockets.update();
            assertThat(server.hasClient()).isFalse();
        }
        verify(clients).start("vm1", client);
        verify(client, never()).start();
    }

    @Test
    void aFileNameThatLooksLikeAnOptionIsOneAllTheSame() {
        Path odd = folder.resolve("vm,id=3.qmp");
        DefaultQmpClients clients = mock(DefaultQmpClients.class);
        ArgumentCaptor<QmpConnectionProperties> properties = ArgumentCaptor.forClass(QmpConnectionProperties.class);
        given(clients.add(eq("vm,id=3"), properties.capture())).willReturn(client);
        try (QmpServer server = QmpServer.builder(Endpoint.unix(odd)).start()) {
            new DiscoveredSockets(folder, clients).update();
            assertThat(Endpoint.parse(String.valueOf(properties.getValue().getAddress())))
                    .isEqualTo(server.endpoint());
        }
    }

    /** Such as a class that is missing: it would end the thread that scans. */
    @Test
    void anErrorDoesNotEndTheDiscovery() throws IOException {
        DefaultQmpClients clients = mock(DefaultQmpClients.class);
        given(clients.add(eq("vm1"), any(QmpConnectionProperties.class)))
                .willThrow(new NoClassDefFoundError("the test lets it fail"))
                .willReturn(client);
        given(client.status()).willReturn(status(Runstate.IDLE, null, false));
        given(clients.remove("vm1", client))
                .willThrow(new NoClassDefFoundError("the test lets it fail"))
                .willReturn(CompletableFuture.completedFuture(true));
        given(clients.add(eq("vm2"), any(QmpConnectionProperties.class))).willReturn(client);
        DiscoveredSockets sockets = new DiscoveredSockets(folder, clients);
        try (QmpServer server = QmpServer.builder(Endpoint.unix(path)).start();
                QmpServer other = QmpServer.builder(Endpoint.unix(folder.resolve("vm2.qmp")))
                        .start()) {
            sockets.update();
            verify(clients).add(eq("vm2"), any(QmpConnectionProperties.class));
            sockets.update();
            verify(clients, times(2)).add(eq("vm1"), any(QmpConnectionProperties.class));
            assertThat(server.hasClient() || other.hasClient()).isFalse();
        }
        Files.deleteIfExists(path);
        sockets.update();
        sockets.update();
        verify(clients, times(2)).remove("vm1", client);
    }

    /** A lost permission on the folder does the same, but the tests may run as root, to whom it is no obstacle. */
    @Test
    void aSocketThatCannotBeExaminedIsNotGone(CapturedOutput output) throws IOException {
        DefaultQmpClients clients = mock(DefaultQmpClients.class);
        given(clients.add(eq("vm1"), any(QmpConnectionProperties.class))).willReturn(client);
        given(client.status()).willReturn(status(Runstate.IDLE, null, false));
        DiscoveredSockets sockets = new DiscoveredSockets(folder, clients);
        Path aside = folder.resolve("aside");
        Path unknown = folder.resolve("vm0.qmp");
        try (QmpServer server = QmpServer.builder(Endpoint.unix(path)).start()) {
            sockets.update();
            Files.move(path, aside);
            Files.createSymbolicLink(path, path);
            Files.createSymbolicLink(unknown, unknown);
            sockets.update();
            sockets.update();
            assertThat(output)
                    .containsOnlyOnce(" cannot be examined, and possibly others: Too many levels")
                    .contains(". Connections of such sockets stay. If a permission is missing, permit execution");
            Files.delete(path);
            Files.delete(unknown);
            Files.move(aside, path);
            sockets.update();
            verify(clients).add(any(), any(QmpConnectionProperties.class));
            verify(clients, never()).remove(any(), any());
            Files.createSymbolicLink(unknown, unknown);
            sockets.update();
            assertThat(output.getAll().split(" cannot be examined, ", -1)).hasSize(3); // logged again
            assertThat(server.hasClient()).isFalse();
        }
        Files.deleteIfExists(path);
        sockets.update();
        verify(clients).remove("vm1", client);
    }

    /** A mock, so that a new component of the status needs no value here. */
    private static QmpClientStatus status(Runstate runstate, @Nullable Throwable lastError, boolean reconnecting) {
        return mock(QmpClientStatus.class, call -> switch (call.getMethod().getName()) {
            case "runstate" -> runstate;
            case "lastError" -> lastError;
            case "reconnecting" -> reconnecting;
            default -> Answers.RETURNS_DEFAULTS.answer(call);
        });
    }
}
