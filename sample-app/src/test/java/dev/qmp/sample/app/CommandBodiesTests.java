package dev.qmp.sample.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.Api.Answer;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Only a body that means one thing, and is not too long, becomes a command. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class CommandBodiesTests {

    private static final String PATH = "/api/connections/vm1/execute";

    @LocalServerPort
    private int port;

    private Api api;

    @BeforeEach
    void isConnected() {
        api = new Api(port);
        await().atMost(Duration.ofSeconds(10)).until(() -> api.runstate().equals("RUNNING"));
    }

    private void assertRefused(String body, int status, String detail) {
        Answer answer = api.post(PATH, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.type()).isEqualTo("application/problem+json");
        assertThat(answer.member("detail")).contains(detail);
        assertThat(answer.member("outcome")).isEqualTo("not-sent");
    }

    @Test
    void input59ADuplicateKeyDoesNotStopTheMachine() {
        assertRefused("{\"execute\":\"query-status\",\"execute\":\"stop\"}", 400, "duplicate key, 'execute'");
        assertThat(api.execute("query-status").json().at("/return/status").stringValue())
                .isEqualTo("running");
    }

    @Test
    void input59MalformedJsonIsAnsweredWithItsPlace() {
        assertRefused("{\n \"execute\": }", 400, "line 2, column 13");
        Answer answer = api.post(PATH, "{\"execute\":\"query-status\",\n\"arguments\":{\"a\":1,\n \"a\":2}}");
        assertThat(answer.json().get("line").intValue()).isEqualTo(3);
        assertThat(answer.json().get("column").intValue()).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "``|the body is empty",
                "[]|not an array",
                "null|not null",
                "{}|has neither",
                "{\"execute\":7}|must be a string, not a number",
                "{\"execute\":\" \"}|needs a name",
                "{\"execute\":\"a\",\"exec-oob\":\"b\"}|has both",
                "{\"execute\":\"a\",\"argument\":{}}|unknown member, 'argument'",
                "{\"execute\":\"a\",\"arguments\":[]}|must be a JSON object, not an array",
                "{\"execute\":\"a\",\"arguments\":null}|must be a JSON object, not null",
                "{\"execute\":\"a\",\"arguments\":{\"b\":{\"c\":1,\"c\":2}}}|duplicate key, 'c'",
                "{\"execute\":\"a\"} {\"execute\":\"stop\"}|goes on after the command",
                "{\"execute\":\"a\"} x|not JSON",
                "{\"execute\":\"a\",\"arguments\":{\"b\":18446744073709551616}}|beyond 64 bits",
                "{\"execute\":\"a\",\"arguments\":{\"b\":-9223372036854775809}}|beyond 64 bits",
                "{\"execute\":\"a\",\"arguments\":{\"b\":1e400}}|beyond 1.8e308",
                "{\"execute\":\"a\",\"arguments\":{\"b\":1e-99999999999}}|exponent exceeds 32 bits",
                "{\"execute\":\"a\",\"arguments\":{\"b\":0.1e-2147483648}}|exponent exceeds 32 bits",
                "{\"execute\":\"a\",\"arguments\":{\"b\":NaN}}|non-standard token",
                "{\"execute\":\"\\ud800\"}|surrogate",
            })
    void input59WhatCouldBeUnderstoodInTwoWaysIsRefused(String body, String detail) {
        Answer answer = api.post(PATH, body == null ? "" : body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.type()).isEqualTo("application/problem+json");
        assertThat(answer.member("detail")).containsIgnoringCase(detail).doesNotContain("Source", "Feature");
        assertThat(answer.member("outcome")).isEqualTo("not-sent");
    }

    @Test
    void input59LimitsAreNamed() {
        String limits = "500 levels, 20000 names, values and brackets, 1000 digits";
        String deep = "[".repeat(600) + "]".repeat(600);
        assertRefused("{\"execute\":\"a\",\"arguments\":{\"b\":" + deep + "}}", 400, limits);
        String many = "[" + "{},".repeat(20_000) + "1]";
        assertRefused("{\"execute\":\"a\",\"arguments\":{\"b\":" + many + "}}", 400, limits);
        assertRefused("{\"execute\":\"a\",\"arguments\":{\"b\":" + "1".repeat(2000) + "}}", 400, limits);
    }

    @Test
    void input59AnIdComesBack() {
        Answer answer = api.post(PATH, "{\"execute\":\"query-status\",\"id\":{\"a\":[1]}}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("id").toString()).isEqualTo("{\"a\":[1]}");
    }

    @Test
    void aCallerThatAcceptsNoJsonExecutesNothing() {
        Answer answer = api.send(api.request(PATH)
                .header("Content-Type", "application/json")
                .header("Accept", "text/plain")
                .POST(BodyPublishers.ofString("{\"execute\":\"stop\"}")));
        assertThat(answer.status()).isEqualTo(406);
        assertThat(api.execute("query-status").json().at("/return/status").stringValue())
                .isEqualTo("running");
    }

    /** Not one byte of the body is ever sent here. */
    @Test
    void input58ADeclaredLengthIsRefusedBeforeTheBodyIsRead() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(("POST " + PATH + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nContent-Type: application/json\r\nContent-Length: 94371840\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        }
    }

    @Test
    void input58AChunkedBodyIsRefusedWhenItIsTooLong() {
        byte[] body = new byte[RequestBodies.MAX_BYTES + 1];
        Answer answer = api.send(api.request(PATH)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body))));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.member("detail")).contains("1048576 bytes");
        assertThat(answer.member("outcome")).isEqualTo("not-sent");
    }

    @Test
    void input58AsLongACommandAsAConnectionSendsIsTaken() {
        String body = "{\"execute\":\"nosuch\",\"arguments\":{\"a\":\"" + "x".repeat(1_000_000) + "\"}}";
        assertThat(api.post(PATH, body).status()).isEqualTo(422);
    }

    /** Each command gives back its share of the room. */
    @Test
    void input58TheRoomForBodiesDoesNotDwindle() {
        List<Integer> statuses = new ArrayList<>();
        String longOne = "{\"execute\":\"nosuch\",\"arguments\":{\"a\":\"" + "x".repeat(900_000) + "\"}}";
        String broken = "{\"execute\":\"" + "x".repeat(900_000);
        for (int i = 0; i < 6; i++) {
            statuses.add(api.post(PATH, longOne).status());
            statuses.add(api.post(PATH, broken).status());
        }
        assertThat(statuses).containsOnly(422, 400);
    }

    @Test
    void returnsACommandWithoutItsSecrets() {
        String command =
                "{\"exec-oob\":\"object-add\",\"arguments\":{\"qom-type\":\"secret\",\"data\":\"x\"},\"id\":\"x\"}";
        assertThat(api.post("/api/redacted", command).text())
                .isEqualTo("{\"secrets\":true,\"message\":{\"exec-oob\":\"object-add\","
                        + "\"arguments\":{\"qom-type\":\"secret\",\"data\":\"***\"}}}");
        assertThat(api.post("/api/redacted", "{\"execute\":\"query-status\"}").text())
                .isEqualTo("{\"secrets\":false,\"message\":{\"execute\":\"query-status\"}}");
        assertThat(api.post("/api/redacted", "{\"execute\": }").status()).isEqualTo(400);
    }
}
