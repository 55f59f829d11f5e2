package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpConnectionProperties;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The registry starts a client on request only if nothing speaks against it. */
class ClientStarterTests {

    private final QmpClient client = mock(QmpClient.class);
    private final ConnectionOwnership fleet = mock(ConnectionOwnership.class);

    @BeforeEach
    void name() {
        given(client.name()).willReturn("vm1");
        given(client.disconnect()).willReturn(CompletableFuture.completedFuture(null));
    }

    private DefaultQmpClients registry(ConnectionOwnership ownership) {
        DefaultQmpClients clients = new DefaultQmpClients(
                mock(QmpClientFactory.class), mock(QmpEventPublisher.class), () -> ownership, false);
        clients.adopt("vm1", client);
        clients.started();
        return clients;
    }

    @Test
    void withoutAFleetTheClientStarts() {
        registry(null).start("vm1", client);
        verify(client).start();
        verify(client, never()).disconnect();
    }

    /** Only the fleet knows whether this instance still holds the connection when the client can start. */
    @Test
    void theFleetStartsAClientThatTakesPart() {
        given(fleet.restart("vm1", client)).willReturn(true);
        registry(fleet).start("vm1", client);
        verify(fleet).restart("vm1", client);
        verify(fleet, never()).wanted(any());
        verify(client, never()).start();
    }

    @Test
    void aClientThatTakesNoPartInTheFleetStarts() {
        registry(fleet).start("vm1", client);
        verify(client).start();
    }

    /** At a restart of the application, which had started the client itself. */
    @Test
    void aClientWithoutAutoStartupDoesNotJoinTheFleet() {
        registry(fleet).begin(ManagedClient.adopted(client, false));
        verify(client).start();
        verify(fleet, never()).wanted(any());
    }

    @Test
    void noClientStartsAfterTheStopOfTheApplication() {
        DefaultQmpClients clients = registry(null);
        clients.stopped();
        clients.start("vm1", client);
        verify(client, never()).start();
    }

    @Test
    void aStopDuringTheStartTakesPrecedence() {
        DefaultQmpClients clients = registry(null);
        willAnswer(call -> clients.stopped()).given(client).start();
        clients.start("vm1", client);
        verify(client).disconnect();
    }

    @Test
    void aClientThatWasRemovedDoesNotStart() {
        DefaultQmpClients clients = registry(fleet);
        clients.remove("vm1").join();
        clients.start("vm1", client);
        verify(fleet, never()).restart(any(), any());
        verify(client, never()).start();
    }

    /** The removal comes so early that the fleet does not know the connection yet. */
    @Test
    void theFleetDoesNotKeepAClientThatIsRemovedWhileItIsAdded() {
        Set<QmpClient> kept = new HashSet<>();
        DefaultQmpClients clients = registry(fleet);
        willAnswer(call -> {
                    clients.remove("vm1").join();
                    return kept.add(client);
                })
                .given(fleet)
                .wanted(any());
        willAnswer(call -> kept.remove(client)).given(fleet).removed("vm1", client);
        clients.begin(ManagedClient.adopted(client, true));
        assertThat(kept).isEmpty();
    }

    /** The client of the configuration is never created then, so nothing else frees its name. */
    @Test
    void aBeanCanReplaceTheClientOfAConfiguredConnection() {
        QmpClientFactory factory = mock(QmpClientFactory.class);
        QmpConnectionProperties properties = new QmpConnectionProperties();
        properties.setAddress("tcp:localhost:4444");
        QmpConnectionSettings vm1 =
                new QmpConnectionSettings("vm1", properties, new QmpConnectionProperties(), null, null);
        given(factory.addresses()).willReturn(new MonitorAddresses(List.of(vm1)));
        DefaultQmpClients clients = new DefaultQmpClients(factory, mock(QmpEventPublisher.class), () -> null, true);
        assertThatIllegalStateException().isThrownBy(() -> clients.adopt("other", client));
        clients.adopt("vm1", client);
        assertThat(clients.names()).containsExactly("vm1");
    }
}
