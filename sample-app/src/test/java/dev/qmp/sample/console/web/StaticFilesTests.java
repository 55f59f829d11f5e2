package dev.qmp.sample.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.Api.Answer;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.io.ByteArrayResource;

/** A browser that has seen an earlier version uses nothing of it. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class StaticFilesTests {

    @LocalServerPort
    private int port;

    private Api api;

    @BeforeEach
    void connect() {
        api = new Api(port);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/js/main.js", "/js/theme.js", "/console.css", "/icon.svg"})
    void input51AFileIsAskedForBeforeEveryUseAndNamedByItsContent(String path) {
        Answer answer = api.get(path);
        assertThat(answer.status()).isEqualTo(200);
        HttpHeaders headers = answer.response().headers();
        assertThat(headers.firstValue("Cache-Control")).hasValue("no-cache");
        assertThat(headers.firstValue("ETag")).hasValueSatisfying(tag -> assertThat(tag)
                .isEqualTo("\"" + hash(answer.response().body()) + "\""));
        assertThat(headers.firstValue("Last-Modified")).isEmpty();
    }

    @Test
    void input51OnlyTheSameContentIsNotSentAgain() {
        String tag =
                api.get("/js/main.js").response().headers().firstValue("ETag").orElseThrow();
        assertThat(api.send(api.request("/js/main.js").header("If-None-Match", tag))
                        .status())
                .isEqualTo(304);
        assertThat(api.send(api.request("/js/main.js").header("If-None-Match", "\"of another version\""))
                        .status())
                .isEqualTo(200);
        // the request of a browser that has kept a file of a version without tags
        assertThat(api.send(api.request("/js/main.js").header("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void input51TheTagFollowsTheContent() {
        assertThat(hash("a".getBytes(StandardCharsets.UTF_8))).isNotEqualTo(hash("b".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void input51ThePageIsNeverKeptAndNamesItsVersion() {
        Answer page = api.get("/");
        assertThat(page.response().headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(page.text()).containsPattern("<meta name=\"version\" content=\"[0-9a-f]{32}\">");
    }

    @Test
    void servesNothingElse() {
        assertThat(api.get("/js/nosuch.js").status()).isEqualTo(404);
        assertThat(api.get("/application.yml").status()).isEqualTo(404);
    }

    private static String hash(byte[] content) {
        return StaticFiles.contentHash(new ByteArrayResource(content));
    }
}
