package dev.qmp.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a monitor does, as seen by a client that is a mere socket: a QEMU, and what stands in for one. */
@Timeout(30)
abstract class MonitorContract {

    private static final JsonMapper MAPPER = new JsonMapper();

    /** QEMU 11 puts the position in front: {@code 2:1: JSON parse error, …}. */
    private static final String PARSE_ERROR = "^(\\d+:\\d+: )?JSON parse error";

    abstract Endpoint endpoint();

    /** {@return whether there is {@code query-yank}, a query that may be executed out of band} */
    boolean knowsYank() {
        return true;
    }

    @Test
    @DisplayName("the greeting has version and capabilities, and ends with CR and LF")
    void greets() throws IOException {
        try (RawPeer client = RawServer.dial(endpoint())) {
            String line = client.readLine();
            assertThat(line).endsWith("\r");
            JsonNode greeting = MAPPER.readTree(line);
            assertThat(greeting.propertyNames()).containsExactly("QMP");
            assertThat(greeting.path("QMP").propertyNames()).containsExactlyInAnyOrder("version", "capabilities");
            JsonNode version = greeting.path("QMP").path("version");
            assertThat(version.propertyNames()).containsExactlyInAnyOrder("qemu", "package");
            assertThat(version.path("qemu").propertyNames()).containsExactlyInAnyOrder("major", "minor", "micro");
            assertThat(version.path("qemu").path("major").isInt()).isTrue();
            assertThat(greeting.path("QMP").path("capabilities").toString()).isEqualTo("[\"oob\"]");
        }
    }

    @Test
    @DisplayName("before the negotiation every other command is refused, whether it exists or not")
    void refusesCommandsBeforeTheNegotiation() throws IOException {
        try (RawPeer client = RawServer.dial(endpoint())) {
            client.readLine();
            for (String command : new String[] {"query-status", "nonsense"}) {
                assertThat(ask(client, "{\"execute\": \"" + command + "\", \"id\": 1}"))
                        .isEqualTo(error(
                                "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'", "1"));
            }
            assertThat(ask(client, "{\"execute\": \"qmp_capabilities\", \"id\": 2}"))
                    .isEqualTo(json("{\"return\": {}, \"id\": 2}"));
        }
    }

    @Test
    @DisplayName("a capability that was not offered is refused, and may be left out then")
    void refusesUnknownCapabilities() throws IOException {
        try (RawPeer client = RawServer.dial(endpoint())) {
            client.readLine();
            JsonNode refusal = ask(
                    client,
                    "{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": [\"telepathy\"]}, \"id\": 1}");
            assertThat(refusal.path("error").path("class").asString()).isEqualTo("GenericError");
            assertThat(refusal.path("error").path("desc").asString())
                    .contains("'telepathy'")
                    .doesNotContain("'enable'"); // QEMU names no element of a list
            assertThat(ask(client, "{\"execute\": \"qmp_capabilities\"}")).isEqualTo(json("{\"return\": {}}"));
        }
    }

    @Test
    @DisplayName("the negotiation is done once")
    void negotiatesOnce() throws IOException {
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "{\"execute\": \"qmp_capabilities\", \"id\": 1}"))
                    .isEqualTo(error(
                            "CommandNotFound", "Capabilities negotiation is already complete, command ignored", "1"));
        }
    }

    @Test
    @DisplayName("an unknown command is CommandNotFound")
    void doesNotFindUnknownCommands() throws IOException {
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "{\"execute\": \"nonsense\", \"id\": 1}"))
                    .isEqualTo(error("CommandNotFound", "The command nonsense has not been found", "1"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "\"seven\"", "null", "[1, {\"a\": 2}]", "{\"deep\": {\"er\": 1.5}}"})
    @DisplayName("an id of any kind comes back as it was")
    void echoesIds(String id) throws IOException {
        try (RawPeer client = negotiated("")) {
            JsonNode reply = ask(client, "{\"execute\": \"query-name\", \"id\": " + id + "}");
            assertThat(reply.propertyNames()).containsExactlyInAnyOrder("return", "id");
            assertThat(reply.get("id")).isEqualTo(json(id));
            assertThat(ask(client, "{\"execute\": \"nonsense\", \"id\": " + id + "}")
                            .get("id"))
                    .isEqualTo(json(id));
        }
    }

    @Test
    @DisplayName("a command without an id gets a reply without one")
    void repliesWithoutIds() throws IOException {
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "{\"execute\": \"query-name\"}").propertyNames())
                    .containsExactly("return");
        }
    }

    @Test
    @DisplayName("an unknown member is refused, and so is a message that is not JSON: the session goes on")
    void survivesWhatIsNoCommand() throws IOException {
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "{\"execute\": \"query-name\", \"colour\": 1, \"id\": 1}"))
                    .isEqualTo(error("GenericError", "QMP input member 'colour' is unexpected", "1"));
            JsonNode refusal = ask(client, "{\"execute\": }");
            assertThat(refusal.path("error").path("class").asString()).isEqualTo("GenericError");
            assertThat(refusal.path("error").path("desc").asString()).containsPattern(PARSE_ERROR);
            assertThat(ask(client, "{\"execute\": \"query-name\", \"id\": 2}").get("id"))
                    .isEqualTo(json("2"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"hello", "[1, 2]", "[{\"execute\": \"query-name\"}]", "7", "\"{\"", "null", "]", "}", "\u0001"})
    @DisplayName("what does not even begin as an object is answered with an error without id: the session goes on")
    void survivesWhatIsNoObject(String input) throws IOException {
        try (RawPeer client = negotiated("")) {
            JsonNode refusal = ask(client, input);
            assertThat(refusal.propertyNames()).containsExactly("error");
            assertThat(refusal.path("error").path("class").asString()).isEqualTo("GenericError");
            assertThat(ask(client, "{\"execute\": \"query-name\", \"id\": 2}").get("id"))
                    .isEqualTo(json("2"));
        }
    }

    @Test
    @DisplayName("an object may follow at once on what is none")
    void findsAnObjectBehindWhatIsNone() throws IOException {
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "hello{\"execute\": \"query-name\", \"id\": 2}")
                            .path("error")
                            .path("desc")
                            .asString())
                    .containsPattern(PARSE_ERROR);
            assertThat(json(client.readLine()).get("id")).isEqualTo(json("2"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"enable": "oob"} | Invalid parameter type for 'enable', expected: array
                    {"enable": null} | Invalid parameter type for 'enable', expected: array
                    {"enable": [7]} | Invalid parameter type for 'enable[0]', expected: string
                    {"enable": ["oob"], "foo": 1} | Parameter 'foo' is unexpected
                    [] | QMP input member 'arguments' must be an object
                    null | QMP input member 'arguments' must be an object
                    """)
    @DisplayName("a negotiation with other arguments is refused, and may be done again")
    void refusesNegotiationsOfAnotherShape(String arguments, String description) throws IOException {
        try (RawPeer client = RawServer.dial(endpoint())) {
            client.readLine();
            assertThat(ask(client, "{\"execute\": \"qmp_capabilities\", \"arguments\": " + arguments + ", \"id\": 1}"))
                    .isEqualTo(error("GenericError", description, "1"));
            assertThat(ask(client, "{\"execute\": \"qmp_capabilities\"}")).isEqualTo(json("{\"return\": {}}"));
        }
    }

    @Test
    @DisplayName("exec-oob works if it was enabled, and is an unknown member otherwise")
    void executesOutOfBandIfEnabled() throws IOException {
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "{\"exec-oob\": \"query-yank\", \"id\": 1}"))
                    .isEqualTo(error("GenericError", "QMP input member 'exec-oob' is unexpected", "1"));
        }
        try (RawPeer client = negotiated("\"oob\"")) {
            JsonNode reply = ask(client, "{\"exec-oob\": \"query-yank\", \"id\": 1}");
            assertThat(reply.get("id")).isEqualTo(json("1"));
            if (knowsYank()) {
                assertThat(reply.get("return").isArray()).isTrue();
            } else {
                assertThat(reply.path("error").path("class").asString()).isEqualTo("CommandNotFound");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "execute": "query-name", "arguments": [] | QMP input member 'arguments' must be an object
                    "execute": "query-name", "arguments": null | QMP input member 'arguments' must be an object
                    "execute": "query-name", "arguments": "x" | QMP input member 'arguments' must be an object
                    "execute": "nonsense", "arguments": 5 | QMP input member 'arguments' must be an object
                    "execute": "qmp_capabilities", "arguments": [] | QMP input member 'arguments' must be an object
                    "execute": "query-name", "colour": 1 | QMP input member 'colour' is unexpected
                    "execute": "nonsense", "colour": 1 | QMP input member 'colour' is unexpected
                    "exec-oob": "query-yank" | QMP input member 'exec-oob' is unexpected
                    "exec-oob": "qmp_capabilities" | QMP input member 'exec-oob' is unexpected
                    "execute": 5 | QMP input member 'execute' must be a string
                    "execute": null | QMP input member 'execute' must be a string
                    "arguments": {} | QMP input lacks member 'execute'
                    """)
    @DisplayName("a command of another shape is refused, before the negotiation and after it")
    void input44RefusesCommandsOfAnotherShape(String members, String description) throws IOException {
        JsonNode refusal = error("GenericError", description, "1");
        try (RawPeer client = RawServer.dial(endpoint())) {
            client.readLine();
            assertThat(ask(client, "{" + members + ", \"id\": 1}")).isEqualTo(refusal);
        }
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "{" + members + ", \"id\": 1}")).isEqualTo(refusal);
        }
    }

    @Test
    @DisplayName("out of band, arguments are checked as well, and there is no negotiation")
    void input44RefusesWhatIsNotOutOfBand() throws IOException {
        try (RawPeer client = negotiated("\"oob\"")) {
            assertThat(ask(client, "{\"exec-oob\": \"query-yank\", \"arguments\": [], \"id\": 1}"))
                    .isEqualTo(error("GenericError", "QMP input member 'arguments' must be an object", "1"));
            assertThat(ask(client, "{\"exec-oob\": \"qmp_capabilities\", \"id\": 1}"))
                    .isEqualTo(error("GenericError", "The command qmp_capabilities does not support OOB", "1"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "execute": "query-name", "zzz": 1, "aaa": 2 | QMP input member 'aaa' is unexpected
                    "exec-oob": "query-name", "aaa": 2 | QMP input member 'aaa' is unexpected
                    "exec-oob": 5, "execute": 5 | QMP input member 'exec-oob' must be a string
                    "exec-oob": null | QMP input member 'exec-oob' must be a string
                    "exec-oob": "query-name", "execute": 7 | QMP input member 'execute' must be a string
                    "exec-oob": "query-name", "execute": "query-name" | QMP input member 'execute' clashes with 'exec-oob'
                    "exec-oob": "a", "execute": "a", "arguments": [] | QMP input member 'execute' clashes with 'exec-oob'
                    "exec-oob": "query-name", "arguments": [] | QMP input member 'arguments' must be an object
                    "arguments": [] | QMP input member 'arguments' must be an object
                    "arguments": {} | QMP input lacks member 'execute'
                    "exec-oob": "query-name" | The command query-name does not support OOB
                    "exec-oob": "query-uuid" | The command query-uuid does not support OOB
                    "exec-oob": "query-commands" | The command query-commands does not support OOB
                    """)
    @DisplayName("with out-of-band execution enabled, the first fault in QEMU's order is named")
    void input44NamesTheFirstFault(String members, String description) throws IOException {
        try (RawPeer client = negotiated("\"oob\"")) {
            assertThat(ask(client, "{" + members + ", \"id\": 1}")).isEqualTo(error("GenericError", description, "1"));
            assertThat(ask(client, "{\"execute\": \"query-name\"}").propertyNames())
                    .containsExactly("return");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"exec-oob\": 5, \"execute\": 5",
                "\"exec-oob\": null",
                "\"exec-oob\": \"query-name\", \"execute\": \"query-name\"",
                "\"exec-oob\": \"query-name\", \"arguments\": []",
                "\"exec-oob\": \"query-name\", \"zzz\": 1",
                "\"exec-oob\": \"\""
            })
    @DisplayName("without out-of-band execution, exec-oob is an unknown member in every message")
    void input44DoesNotKnowOutOfBandUnlessEnabled(String members) throws IOException {
        JsonNode refusal = error("GenericError", "QMP input member 'exec-oob' is unexpected", "1");
        try (RawPeer client = RawServer.dial(endpoint())) {
            client.readLine();
            assertThat(ask(client, "{" + members + ", \"id\": 1}")).isEqualTo(refusal);
        }
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "{" + members + ", \"id\": 1}")).isEqualTo(refusal);
        }
    }

    @Test
    @DisplayName("a blank name is a command that does not exist")
    void input44DoesNotFindABlankName() throws IOException {
        try (RawPeer client = RawServer.dial(endpoint())) {
            client.readLine();
            assertThat(ask(client, "{\"execute\": \"\", \"id\": 1}"))
                    .isEqualTo(error(
                            "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'", "1"));
        }
        try (RawPeer client = negotiated("\"oob\"")) {
            JsonNode notFound = error("CommandNotFound", "The command  has not been found", "1");
            assertThat(ask(client, "{\"execute\": \"\", \"id\": 1}")).isEqualTo(notFound);
            assertThat(ask(client, "{\"exec-oob\": \"\", \"id\": 1}")).isEqualTo(notFound);
            assertThat(ask(client, "{\"execute\": \" \", \"id\": 1}"))
                    .isEqualTo(error("CommandNotFound", "The command   has not been found", "1"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"execute": "query-name", "execute": "stop", "id": 1} | JSON parse error, duplicate key
                    {"execute": "query-name", "id": 1, "id": 2} | JSON parse error, duplicate key
                    {"execute": "query-name", "arguments": {"a": [{"b": 1, "b": 2}]}} | JSON parse error, duplicate key
                    {"execute": } | JSON parse error, expecting value
                    {"a": [1,]} | JSON parse error, expecting value
                    {"execute": ] | JSON parse error, expecting value
                    {"a": 1 ] | JSON parse error, expected separator in dict
                    {"a": 1,] | JSON parse error, expecting value
                    {"a": {"b"] | JSON parse error, missing : in object pair
                    {] | JSON parse error, expecting value
                    [} | JSON parse error, expecting value
                    [1 } | JSON parse error, expected separator in list
                    {"a": [1 }] | JSON parse error, expected separator in list
                    {"a": [}] | JSON parse error, expecting value
                    ] | JSON parse error, expecting value
                    } | JSON parse error, expecting value
                    {"a": 1 "b": 2} | JSON parse error, expected separator in dict
                    {"a": [1 2]} | JSON parse error, expected separator in list
                    {"a" 1} | JSON parse error, missing : in object pair
                    {"a": "\\x"} | JSON parse error, invalid escape sequence in string
                    {"a": tru} | JSON parse error, invalid keyword 'tru'
                    {"a": 1,} | JSON parse error, expecting value
                    {"a": 1.} | JSON parse error, stray '1.}'
                    {"a": -} | JSON parse error, stray '-}'
                    $ | JSON parse error, stray '$'
                    {"id": "\\ud800"} | JSON parse error, \\ud800 is not a valid Unicode character
                    {"id": "\\udc00"} | JSON parse error, \\udc00 is not a valid Unicode character
                    {"id": "\\ud800x"} | JSON parse error, \\ud800 is not a valid Unicode character
                    {"id": "\\ud83f\\udfff"} | JSON parse error, \\ud83f\\udfff is not a valid Unicode character
                    {"\\ufffe": 1} | JSON parse error, \\ufffe is not a valid Unicode character
                    {"id": "\\u12g4"} | JSON parse error, \\u12g4 is not a valid Unicode character
                    [1, 2] | QMP input must be a JSON object
                    null | QMP input must be a JSON object
                    """)
    @DisplayName("what cannot be read gets an error without id, in QEMU's words, and executes nothing")
    void input44RefusesWhatCannotBeRead(String input, String description) throws IOException {
        try (RawPeer client = negotiated("")) {
            JsonNode refusal = ask(client, input);
            assertThat(refusal.propertyNames()).containsExactly("error");
            assertThat(refusal.path("error").path("class").asString()).isEqualTo("GenericError");
            assertThat(inWordsOfQemu10(refusal.path("error").path("desc").asString()))
                    .isEqualTo(description);
            assertThat(ask(client, "{\"execute\": \"query-name\", \"id\": 2}").get("id"))
                    .isEqualTo(json("2"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {1: 2} | JSON parse error, key is not a string in object
                    {null: 1} | JSON parse error, key is not a string in object
                    {[]: 1} | JSON parse error, key is not a string in object
                    {{}: 1} | JSON parse error, key is not a string in object
                    {a: 1} | JSON parse error, invalid keyword 'a'
                    """)
    @DisplayName("a key that is not a string gets an error without id, on QEMU 11 always the same")
    void refusesKeysThatAreNoStrings(String input, String description) throws IOException {
        try (RawPeer client = negotiated("")) {
            JsonNode refusal = ask(client, input);
            assertThat(refusal.propertyNames()).containsExactly("error");
            String text = refusal.path("error").path("desc").asString();
            assertThat(text.replaceFirst("^\\d+:\\d+: ", ""))
                    .isEqualTo(Character.isDigit(text.charAt(0)) ? "JSON parse error, expecting key" : description);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"C3", "C328", "EDA080", "F5808080", "EFBFBF", "C1BF"})
    @DisplayName("#64 a string that is not UTF-8 gets an error without id")
    void refusesWhatIsNoUtf8(String hex) throws IOException {
        try (RawPeer client = negotiated("")) {
            client.write("{\"execute\": \"query-name\", \"id\": \"");
            client.write(HexFormat.of().parseHex(hex));
            JsonNode refusal = ask(client, "\"}");
            assertThat(refusal.propertyNames()).containsExactly("error");
            assertThat(inWordsOfQemu10(refusal.path("error").path("desc").asString()))
                    .isEqualTo("JSON parse error, invalid UTF-8 sequence in string");
        }
    }

    @Test
    @DisplayName("a string may have single quotes")
    void acceptsSingleQuotes() throws IOException {
        try (RawPeer client = negotiated("")) {
            assertThat(ask(client, "{'execute': 'query-name', 'id': 'it\\'s {\"x\"}'}"))
                    .isEqualTo(json("{\"return\": {}, \"id\": \"it's {\\\"x\\\"}\"}"));
            assertThat(ask(client, "{\"execute\": \"query-name\", 'id': \"it's\"}"))
                    .isEqualTo(json("{\"return\": {}, \"id\": \"it's\"}"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"execute\": ]",
                "{\"a\": {\"b\": 1]",
                "[}",
                "[1, 2]",
                "\"{\"",
                "{\"execute\": \"query-status}\r\n",
                "{\"execute\": \"query-status\\\n",
                "{\"exe\ncute\": \"stop\"}"
            })
    @DisplayName("bad input does not swallow the command behind it")
    void goesOnBehindBadInput(String input) throws IOException {
        try (RawPeer client = negotiated("")) {
            client.write(input + "{\"execute\": \"query-name\", \"id\": 2}");

            JsonNode reply = json(client.readLine());
            assertThat(reply.path("error").path("class").asString()).isEqualTo("GenericError");
            while (reply.get("id") == null) {
                reply = json(client.readLine());
            }
            assertThat(reply).isEqualTo(json("{\"return\": {}, \"id\": 2}"));
        }
    }

    @ParameterizedTest
    @CsvSource({"{\"a\":,}", "[,]"})
    @DisplayName("a command that is nested too deep is an error, and the next one is answered")
    void refusesDeepNesting(String opening, String closing) throws IOException {
        try (RawPeer client = negotiated("")) {
            client.write("{\"a\": " + opening.repeat(1025) + "1" + closing.repeat(1025)
                    + "}{\"execute\": \"query-name\", \"id\": 2}");

            JsonNode reply = json(client.readLine());
            assertThat(reply.path("error").path("desc").asString()).contains("JSON nesting depth limit exceeded");
            while (reply.get("id") == null) {
                reply = json(client.readLine());
            }
            assertThat(reply).isEqualTo(json("{\"return\": {}, \"id\": 2}"));
        }
    }

    /** QEMU 11 has the position in front, and other words for signs that are missing. */
    private static String inWordsOfQemu10(String description) {
        return description
                .replaceFirst("^\\d+:\\d+: ", "")
                .replace("expected ',' or '}'", "expected separator in dict")
                .replace("expected ',' or ']'", "expected separator in list")
                .replace("expecting ':'", "missing : in object pair")
                .replace("expecting key", "expecting value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"oob\""})
    @DisplayName("errors do not overtake the replies to earlier commands")
    void answersInOrder(String capabilities) throws IOException {
        try (RawPeer client = negotiated(capabilities)) {
            client.write("{\"execute\": \"query-commands\", \"id\": 1}{\"execute\": \"qmp_capabilities\", \"id\": 9}"
                    + "{\"execute\": 5, \"id\": 3}{\"execute\": \"query-commands\", \"id\": 4}x"
                    + "{\"execute\": \"query-name\", \"id\": 2}\n");

            for (String id : new String[] {"1", "9", "3", "4"}) {
                assertThat(json(client.readLine()).get("id")).isEqualTo(json(id));
            }
            assertThat(json(client.readLine()).path("error").path("desc").asString())
                    .containsPattern(PARSE_ERROR);
            assertThat(json(client.readLine()).get("id")).isEqualTo(json("2"));
        }
    }

    @Test
    @DisplayName("a second client is connected, receives nothing, and is greeted when the first has left")
    void servesOneClientAtATime() throws IOException {
        try (RawPeer first = negotiated("");
                RawPeer second = RawServer.dial(endpoint())) {
            for (int i = 0; i < 10; i++) {
                ask(first, "{\"execute\": \"query-name\"}");
                second.channel().configureBlocking(false);
                assertThat(second.channel().read(ByteBuffer.allocate(1))).isZero();
            }
            second.channel().configureBlocking(true);
            first.close();
            assertThat(second.readLine()).startsWith("{\"QMP\"");
        }
    }

    final RawPeer negotiated(String capabilities) throws IOException {
        RawPeer client = RawServer.dial(endpoint());
        assertThat(client.readLine()).isNotNull();
        ask(client, "{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": [" + capabilities + "]}}");
        return client;
    }

    private static JsonNode ask(RawPeer client, String message) {
        client.write(message + "\n");
        return json(client.readLine());
    }

    private static JsonNode error(String errorClass, String description, String id) {
        return json("{\"error\": {\"class\": \"" + errorClass + "\", \"desc\": \"" + description + "\"}, \"id\": " + id
                + "}");
    }

    static JsonNode json(String text) {
        return MAPPER.readTree(text);
    }
}
