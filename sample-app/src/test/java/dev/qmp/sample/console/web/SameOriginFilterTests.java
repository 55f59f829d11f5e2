package dev.qmp.sample.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import tools.jackson.databind.json.JsonMapper;

/** Only the page itself, the user, and programs may ask for anything. */
class SameOriginFilterTests {

    private final SameOriginFilter filter =
            new SameOriginFilter(Set.of("localhost", "127.0.0.1", "[::1]"), new JsonMapper());
    private final MockHttpServletRequest request = new MockHttpServletRequest("POST", "/api/connections/vm1/execute");

    private int status() throws Exception {
        MockHttpServletResponse response = new MockHttpServletResponse();
        filter.doFilter(request, response, new MockFilterChain());
        return response.getStatus();
    }

    @Test
    void letsProgramsIn() throws Exception {
        request.addHeader("Host", "127.0.0.1:8080");
        assertThat(status()).isEqualTo(200);
    }

    @Test
    void letsItsOwnPageIn() throws Exception {
        request.addHeader("Host", "[::1]:8080");
        request.addHeader("Origin", "http://[::1]:8080");
        request.addHeader("Sec-Fetch-Site", "same-origin");
        assertThat(status()).isEqualTo(200);
    }

    @Test
    void refusesAnotherOrigin() throws Exception {
        request.addHeader("Host", "localhost:8080");
        request.addHeader("Origin", "http://evil.example");
        assertThat(status()).isEqualTo(403);
    }

    @Test
    void refusesAnotherPortOfThisComputer() throws Exception {
        request.addHeader("Host", "localhost:8080");
        request.addHeader("Origin", "http://localhost:9090");
        assertThat(status()).isEqualTo(403);
    }

    @Test
    void refusesPagesThatHideTheirOrigin() throws Exception {
        request.addHeader("Host", "localhost:8080");
        request.addHeader("Origin", "null");
        assertThat(status()).isEqualTo(403);
    }

    @Test
    void refusesWhatTheBrowserMarksAsCrossSite() throws Exception {
        request.setMethod("GET");
        request.addHeader("Host", "localhost:8080");
        request.addHeader("Sec-Fetch-Site", "cross-site");
        assertThat(status()).isEqualTo(403);
    }

    @Test
    void letsTheUserFollowALinkToTheStartPageOnly() throws Exception {
        request.setMethod("GET");
        request.addHeader("Host", "localhost:8080");
        request.addHeader("Sec-Fetch-Site", "cross-site");
        request.addHeader("Sec-Fetch-Mode", "navigate");
        assertThat(status()).isEqualTo(403);
        request.setRequestURI("/");
        assertThat(status()).isEqualTo(200);
    }

    /** A host name in a request is compared in lower case. */
    @Test
    void anAllowedHostMayBeWrittenWithCapitals() throws Exception {
        SameOriginFilter capitals = new SameOriginFilter(Set.of("Console.Example"), new JsonMapper());
        for (String host : new String[] {"console.example", "Console.Example:8080"}) {
            MockHttpServletRequest addressed = new MockHttpServletRequest("GET", "/");
            addressed.addHeader("Host", host);
            MockHttpServletResponse response = new MockHttpServletResponse();
            capitals.doFilter(addressed, response, new MockFilterChain());
            assertThat(response.getStatus()).as(host).isEqualTo(200);
        }
    }

    @Test
    void refusesOtherHostNamesSoThatRebindingOneIsInVain() throws Exception {
        assertThat(status()).isEqualTo(403);
        request.addHeader("Host", "rebound.example:8080");
        assertThat(status()).isEqualTo(403);
    }
}
