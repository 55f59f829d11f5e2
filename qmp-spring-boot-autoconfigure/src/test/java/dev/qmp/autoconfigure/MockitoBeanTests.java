package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mockingDetails;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnection;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

/** A test of the application may put a mock or a spy in the place of a client. */
class MockitoBeanTests {

    @Nested
    @SpringBootTest(
            classes = MockitoBeanTests.Application.class,
            webEnvironment = SpringBootTest.WebEnvironment.NONE,
            properties = "qmp.connection.vm1.address=unix:/nowhere/vm1.qmp")
    class Mock {

        @MockitoBean
        private QmpClient client;

        @Autowired
        private QmpClients clients;

        @Test
        void theApplicationStarts() {
            assertThat(mockingDetails(client).isMock()).isTrue();
            assertThat(clients.names()).isEmpty();
        }
    }

    @Nested
    @SpringBootTest(
            classes = MockitoBeanTests.Application.class,
            webEnvironment = SpringBootTest.WebEnvironment.NONE,
            properties = "qmp.connection.vm1.address=unix:/nowhere/vm1.qmp")
    class Spy {

        @MockitoSpyBean
        private QmpClient client;

        @Autowired
        private QmpClients clients;

        @Test
        void theApplicationStarts() {
            assertThat(mockingDetails(client).isSpy()).isTrue();
            assertThat(clients.names()).containsExactly("vm1");
        }
    }

    @Nested
    @SpringBootTest(
            classes = MockitoBeanTests.Application.class,
            webEnvironment = SpringBootTest.WebEnvironment.NONE,
            properties = {
                "qmp.connection.vm1.address=unix:/nowhere/vm1.qmp",
                "qmp.connection.vm-2.address=unix:/nowhere/vm2.qmp"
            })
    class OneOfTwo {

        @MockitoBean
        @QmpConnection("vm1")
        private QmpClient mock;

        @MockitoSpyBean
        @QmpConnection("vm-2")
        private QmpClient spy;

        @Autowired
        private Map<String, QmpClient> all;

        @Test
        void input40TheConnectionIsSelectedByItsName(
                @Autowired @QmpConnection("vm1") QmpClient first, @Autowired @QmpConnection("vm-2") QmpClient second) {
            assertThat(mockingDetails(mock).isMock()).isTrue();
            assertThat(mockingDetails(spy).isSpy()).isTrue();
            assertThat(first).isSameAs(mock);
            assertThat(second).isSameAs(spy);
            assertThat(all).containsOnlyKeys("vm1", "vm-2");
        }
    }

    @Nested
    @SpringBootTest(
            classes = MockitoBeanTests.Application.class,
            webEnvironment = SpringBootTest.WebEnvironment.NONE,
            properties = {
                "qmp.connection.vm1.address=unix:/nowhere/vm1.qmp",
                "qmp.connection.vm-2.address=unix:/nowhere/vm2.qmp"
            })
    class ByBeanName {

        @MockitoBean("vm1")
        private QmpClient mock;

        @MockitoSpyBean("vm-2")
        private QmpClient spy;

        @Test
        void input40TheConnectionsNameIsThatOfTheBean(@Autowired Map<String, QmpClient> all) {
            assertThat(all).containsOnly(Map.entry("vm1", mock), Map.entry("vm-2", spy));
        }
    }

    @Nested
    @SpringBootTest(
            classes = MockitoBeanTests.Application.class,
            webEnvironment = SpringBootTest.WebEnvironment.NONE,
            properties = "qmp.connection.vm1.address=unix:/nowhere/vm1.qmp")
    class AllClients {

        @MockitoSpyBean
        private QmpClients clients;

        @Test
        void theSetOfClientsMayBeASpy() {
            assertThat(mockingDetails(clients).isSpy()).isTrue();
            assertThat(clients.names()).containsExactly("vm1");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}
}
