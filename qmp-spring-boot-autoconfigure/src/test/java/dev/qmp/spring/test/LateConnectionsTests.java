package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnection;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A connection of {@code @DynamicPropertySource} is added after the context was customized. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
@AutoConfigureQmpServer
class LateConnectionsTests {

    @DynamicPropertySource
    static void machine(DynamicPropertyRegistry properties) {
        properties.add("qmp.connection.web9.address", () -> "unix:/nowhere/web9.qmp");
        properties.add("qmp.defaults.protocol", () -> "guest-agent");
    }

    @Test
    void itIsTheOnlyConnectionAndHasAServer(
            @Autowired QmpClients clients,
            @Autowired QmpServers servers,
            @Autowired QmpClient client,
            @Autowired @QmpConnection("web9") QmpServer server) {
        assertThat(clients.names()).containsExactly("web9");
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
        assertThat(client.endpoint()).isEqualTo(server.endpoint());
        assertThat(server.isGuestAgent()).isTrue();
        assertThat(servers.get("later").isGuestAgent()).isTrue();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}
}
