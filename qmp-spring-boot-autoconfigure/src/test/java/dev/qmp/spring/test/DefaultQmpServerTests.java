package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import dev.qmp.server.QmpServer;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;

/** Nothing is configured: there is one connection and one server. */
@AutoConfigureQmpServer
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
class DefaultQmpServerTests {

    @Test
    void theOneServerIsInjectedByTypeAndSoIsItsClient(@Autowired QmpServer server, @Autowired QmpClient client) {
        assertThat(client.name()).isEqualTo("vm1");
        assertThat(server.hasClient()).isTrue();
        assertThat(client.endpoint()).isEqualTo(server.endpoint());
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}
}
