package dev.qmp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.qmp.error.MappingException;
import io.netty.util.AsciiString;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Calendar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/** Java values as JSON and back: every row of {@code docs/reference/values.md}. */
class ValueMappingTests {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Path PAGE = Path.of("docs/reference/values.md");
    private static final String MAX = "18446744073709551615";

    private enum Sync {
        NO_SPACE,
        X86_64,
        @JsonProperty("host_device")
        DEVICE
    }

    private record Drive(String nodeName, @JsonProperty("cpu_index") Integer cpu, Optional<String> file) {}

    private record Stats(Long iopsRd, Long bpsMax) {}

    private record Both(Long iopsRd, @JsonProperty("iops_rd") Long other) {}

    /**
     * A row of the page.
     *
     * @param type the type as the page names it
     * @param value a value
     * @param json the JSON sent and received, as the page has it
     */
    private record Row(String type, Class<?> javaType, Object value, String json) {

        @Override
        public String toString() {
            return type;
        }
    }

    static List<Row> rows() {
        return List.of(
                new Row("String", String.class, "a", "\"a\""),
                new Row("char", Character.class, 'a', "\"a\""),
                new Row("boolean", Boolean.class, true, "true"),
                new Row("int", Integer.class, 5, "5"),
                new Row("long", Long.class, -5L, "-5"),
                new Row("BigInteger", BigInteger.class, new BigInteger(MAX), MAX),
                new Row("double", Double.class, 1.5, "1.5"),
                new Row("BigDecimal", BigDecimal.class, new BigDecimal("0.1"), "0.1"),
                new Row("byte[]", byte[].class, new byte[] {1, 2}, "\"AQI=\""),
                new Row("ByteBuffer", ByteBuffer.class, ByteBuffer.wrap(new byte[] {1, 2}), "\"AQI=\""),
                new Row("Path", Path.class, Path.of("/tmp/a b"), "\"/tmp/a b\""),
                new Row("File", File.class, new File("/tmp/x"), "\"/tmp/x\""),
                new Row("URI", URI.class, URI.create("nbd://host/x"), "\"nbd://host/x\""),
                new Row("UUID", UUID.class, new UUID(0, 1), "\"00000000-0000-0000-0000-000000000001\""),
                new Row("enum", Sync.class, Sync.NO_SPACE, "\"no-space\""),
                new Row("enum with @JsonProperty", Sync.class, Sync.DEVICE, "\"host_device\""),
                new Row("Optional", Optional.class, Optional.of("a"), "\"a\""),
                new Row("OptionalInt", OptionalInt.class, OptionalInt.of(5), "5"),
                new Row("OptionalLong", OptionalLong.class, OptionalLong.of(5), "5"),
                new Row(
                        "record",
                        Drive.class,
                        new Drive("disk0", 1, Optional.empty()),
                        "{\"node-name\":\"disk0\",\"cpu_index\":1}"),
                new Row("Map", Map.class, Map.of("a", 1), "{\"a\":1}"),
                new Row("List", List.class, List.of(1, 2), "[1,2]"),
                new Row("Set", Set.class, Set.of("a"), "[\"a\"]"),
                new Row("array", String[].class, new String[] {"a"}, "[\"a\"]"),
                new Row("JsonNode", JsonNode.class, JsonNodeFactory.instance.numberNode(5), "5"));
    }

    @ParameterizedTest
    @MethodSource("rows")
    @DisplayName("a value is sent in the form of the table, and read back as the same")
    void input4MapsInBothDirections(Row row) {
        JsonNode sent =
                QmpCommand.of("x").withArgument("v", row.value).arguments().get("v");
        assertThat(sent.toString()).isEqualTo(row.json);
        assertThat(sent.isPojo() || sent.isBinary()).isFalse();
        assertThat((Object) QmpJson.fromTree(MAPPER.readTree(row.json), row.javaType))
                .isEqualTo(row.value);
    }

    @Test
    @DisplayName("the page has exactly the rows that are tested")
    void input4ThePageHasTheseRows() throws IOException {
        List<String> written = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| `") && line.contains(" | `"))
                .map(line -> line.split("\\|"))
                .map(cells -> cells[1].strip().replace("`", "") + " "
                        + cells[2].strip().replace("`", ""))
                .toList();
        assertThat(written)
                .containsExactlyElementsOf(
                        rows().stream().map(row -> row.type + " " + row.json).toList());
    }

    @Test
    @DisplayName("bytes are base64, in a map, a record and a list")
    void input3BytesAreBase64() {
        assertThat(QmpCommand.of("guest-file-write", Map.of("buf-b64", new byte[] {1, 2}))
                        .arguments()
                        .toString())
                .isEqualTo("{\"buf-b64\":\"AQI=\"}");
        ByteBuffer rest = ByteBuffer.wrap(new byte[] {9, 1, 2}).position(1);
        assertThat(QmpJson.toTree(List.of(rest, rest.asReadOnlyBuffer())).toString())
                .isEqualTo("[\"AQI=\",\"AQI=\"]");
        assertThat(rest.remaining()).isEqualTo(2);
    }

    static List<Object> refused() {
        return List.of(
                Duration.ofSeconds(5),
                Instant.EPOCH,
                Calendar.getInstance(),
                Stream.of(1),
                new ByteArrayInputStream(new byte[0]),
                new Object(),
                Thread.currentThread(),
                Map.of(List.of(1), 1),
                new ByteArrayOutputStream(),
                (Runnable) () -> {},
                (IntSupplier) () -> 5,
                new AnnotatedToken(5),
                JsonNodeFactory.instance.pojoNode(Duration.ZERO),
                QmpJson.object().putPOJO("time", Duration.ZERO),
                QmpJson.object().arrayNode().addPOJO(new RawValue("{")));
    }

    /** Without the annotation, Jackson itself refuses it. */
    @Deprecated
    private static final class AnnotatedToken {

        private final long secret;

        AnnotatedToken(long secret) {
            this.secret = secret;
        }

        @Override
        public String toString() {
            return "token " + secret;
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    @DisplayName("what has no meaning in QMP is refused with its place")
    void input4RefusesWithThePlace(Object value) {
        Map<String, Object> arguments = Map.of("drive", Map.of("file", List.of(1, value)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpCommand.of("x", arguments))
                .withMessageContaining("arguments.drive.file[1]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpCommand.of("x").withArgument("drive", value))
                .withMessageContaining("arguments.drive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"kotlin.ULong", "kotlin.UInt", "kotlin.time.Duration"})
    @DisplayName("an unsigned number or a duration of Kotlin is refused, and the message names what to use")
    void input4RefusesNumbersAndTimesOfKotlin(String name) throws Exception {
        Class<?> stored = name.endsWith("UInt") ? int.class : long.class;
        Object five = stored == int.class ? (Object) 5 : (Object) 5L;
        Object value = Class.forName(name).getMethod("box-impl", stored).invoke(null, five);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpCommand.of("x", Map.of("size", value)))
                .withMessageContaining("arguments.size is a " + name)
                .withMessageMatching(".*(a long or BigInteger|use a number in the unit).*");
    }

    @Test
    @DisplayName("objects without properties are written if they are a record, or if their type is")
    void input4WritesEmptyRecordsAndTypes() {
        record Nothing() {}

        assertThat(QmpCommand.of("x", Map.of("a", new Nothing())).arguments().toString())
                .isEqualTo("{\"a\":{}}");
        assertThat(QmpCommand.of("x", new Holder(new Auto())).arguments().toString())
                .isEqualTo("{\"mode\":{\"type\":\"auto\"}}");
    }

    private record Holder(Mode mode) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes(@JsonSubTypes.Type(value = Auto.class, name = "auto"))
    private interface Mode {}

    private static final class Auto implements Mode {}

    static List<CharSequence> texts() {
        return List.of(new AsciiString("ab"), CharBuffer.wrap("xab").position(1), new StringBuilder("ba").reverse());
    }

    @ParameterizedTest
    @MethodSource("texts")
    @DisplayName("every CharSequence is text: an AsciiString of Netty, a CharBuffer, a StringBuilder")
    void input4WritesEachCharSequenceAsText(CharSequence text) {
        assertThat(QmpCommand.of("x", Map.of("a", text)).arguments().toString()).isEqualTo("{\"a\":\"ab\"}");
        assertThat(QmpJson.toTree(text).stringValue()).isEqualTo("ab");
    }

    @Test
    @DisplayName("bytes in a binary node or a POJO node are base64, in a map, a list and a tree")
    void input3BytesInNodesAreBase64() {
        byte[] bytes = {1, 2};
        ObjectNode tree = QmpJson.object();
        tree.putArray("list").add(bytes).addPOJO(bytes);
        for (JsonNode node :
                List.of(JsonNodeFactory.instance.binaryNode(bytes), JsonNodeFactory.instance.pojoNode(bytes))) {
            tree.set("buf-b64", node);
            for (JsonNode sent : List.of(
                    QmpJson.toTree(node),
                    QmpCommand.of("x", Map.of("buf-b64", node)).arguments().get("buf-b64"),
                    QmpCommand.of("x", Map.of("list", List.of(node)))
                            .arguments()
                            .at("/list/0"),
                    QmpCommand.of("x", tree).arguments().get("buf-b64"),
                    QmpCommand.of("x", tree).arguments().at("/list/0"),
                    QmpCommand.of("x", tree).arguments().at("/list/1"))) {
                assertThat(sent).isEqualTo(JsonNodeFactory.instance.stringNode("AQI="));
            }
        }
        assertThat(QmpJson.toTree(QmpJson.object().putPOJO("a", null)).toString())
                .isEqualTo("{\"a\":null}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpCommand.of("x", QmpJson.object().putPOJO("a", Duration.ZERO)))
                .withMessageContaining("arguments.a ");
    }

    private record Raw(@JsonRawValue String text) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private static final class WithoutProperties {}

    @Test
    void javaObjectsAndRawJsonInATreeAreMapped() {
        ArrayNode tree = QmpJson.object().arrayNode();
        tree.addPOJO("text").addPOJO(5).addPOJO(List.of(1)).addPOJO(new RawValue("1"));
        assertThat(QmpJson.toTree(tree).toString()).isEqualTo("[\"text\",5,[1],1]");
        assertThat(QmpJson.toTree(new Raw("{\"b\":1}")).toString()).isEqualTo("{\"text\":{\"b\":1}}");
    }

    @Test
    void aClassWithAnAnnotationOfJacksonMayHaveNoProperties() {
        assertThat(QmpJson.toTree(new WithoutProperties()).toString()).isEqualTo("{}");
    }

    private record Rates(double read, List<Double> others, List<Float> all) {}

    @ParameterizedTest
    @ValueSource(strings = {"\"NaN\"", "\"Infinity\"", "\"-INF\"", "\"1e400\""})
    @DisplayName("a text such as NaN is not read as a number")
    void input6ATextIsNotReadAsNaNOrInfinity(String text) {
        for (Class<?> type : List.of(double.class, Double.class, float.class, Float.class, Number.class)) {
            if (type != Number.class || !text.contains("e")) { // a BigDecimal holds 1e400
                assertNotFinite(MAPPER.readTree(text), type);
            }
        }
        assertNotFinite(MAPPER.readTree("[1.5," + text + "]"), double[].class);
        assertNotFinite(MAPPER.readTree("{\"read\":" + text + "}"), Rates.class);
        assertNotFinite(MAPPER.readTree("{\"read\":1,\"others\":[" + text + "]}"), Rates.class);
        assertNotFinite(MAPPER.readTree("{\"read\":1,\"all\":[" + text + "]}"), Rates.class);
        assertThat(QmpJson.fromTree(MAPPER.readTree("\"1.5\""), double.class)).isEqualTo(1.5);
        assertThat(QmpJson.fromTree(MAPPER.readTree("[1.5,-2]"), float[].class)).containsExactly(1.5f, -2);
    }

    private static void assertNotFinite(JsonNode tree, Class<?> type) {
        assertThatExceptionOfType(MappingException.class)
                .as("%s", type)
                .isThrownBy(() -> QmpJson.fromTree(tree, type))
                .withMessageContaining("it is not a finite number");
    }

    @Test
    @DisplayName("a property is found under either spelling, and an exact name wins")
    void input5ReadsBothSpellings() {
        assertThat(QmpJson.fromTree(MAPPER.readTree("{\"iops_rd\":1,\"bps-max\":2}"), Stats.class))
                .isEqualTo(new Stats(1L, 2L));
        assertThat(QmpJson.fromTree(MAPPER.readTree("{\"iops-rd\":1,\"bps_max\":2}"), Stats.class))
                .isEqualTo(new Stats(1L, 2L));
        assertThat(QmpJson.fromTree(MAPPER.readTree("{\"iops_rd\":1,\"iops-rd\":2}"), Both.class))
                .isEqualTo(new Both(2L, 1L));
        assertThat(QmpJson.fromTree(MAPPER.readTree("\"x86_64\""), Sync.class)).isEqualTo(Sync.X86_64);
    }

    @Test
    @DisplayName("a number that the type cannot hold is an error that names the type to use, never another number")
    void input6NumbersAreExactOrRefused() {
        assertThat(QmpJson.fromTree(MAPPER.readTree(MAX), BigInteger.class)).isEqualTo(new BigInteger(MAX));
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> QmpJson.fromTree(MAPPER.readTree("{\"iops-rd\":" + MAX + "}"), Stats.class))
                .withMessageContaining("BigInteger")
                .withMessageContaining("/iops-rd");
        for (Class<?> type : List.of(int.class, Long.class, short.class, BigInteger.class, OptionalLong.class)) {
            for (String fraction : List.of("1.5", "8.0", "1e2")) {
                assertThatExceptionOfType(MappingException.class)
                        .isThrownBy(() -> QmpJson.fromTree(MAPPER.readTree(fraction), type))
                        .withMessageContaining("has a fraction or an exponent; use BigDecimal or double");
            }
        }
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> QmpJson.fromTree(MAPPER.readTree("5"), boolean.class));
        JsonNode huge = JsonNodeFactory.instance.numberNode(new BigDecimal("1e400"));
        for (Class<?> type : List.of(Double.class, double.class, Float.class)) {
            assertThatExceptionOfType(MappingException.class).isThrownBy(() -> QmpJson.fromTree(huge, type));
        }
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> QmpJson.fromTree(MAPPER.readTree("5"), Duration.class))
                .withMessageContaining("no type for time");
    }

    private record Disk(Path file) {}

    @Test
    @DisplayName("a text that is not a path is refused without the text")
    void refusesATextThatIsNotAPath() {
        JsonNode text = JsonNodeFactory.instance.stringNode("/run/secret\0");
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> QmpJson.fromTree(text, Path.class))
                .withMessage("cannot read a JSON STRING as java.nio.file.Path: the text is not a path")
                .withNoCause();
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> QmpJson.fromTree(QmpJson.object().set("file", text), Disk.class))
                .withMessageEndingWith("the text is not a path at /file")
                .withNoCause();
    }

    private record Absent(Optional<String> text, OptionalInt number, OptionalLong size, String none, JsonNode kept) {}

    @Test
    @DisplayName("what is absent is left out of a record; a null of JSON is sent")
    void input4LeavesOutWhatIsAbsent() {
        Absent absent = new Absent(
                Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), null, JsonNodeFactory.instance.nullNode());
        assertThat(QmpJson.toTree(absent).toString()).isEqualTo("{\"kept\":null}");
        assertThat(QmpJson.fromTree(MAPPER.readTree("{}"), Absent.class))
                .isEqualTo(new Absent(Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), null, null));
    }

    @Test
    @DisplayName("keys of a map are names")
    void input4WritesKeysAsNames() {
        assertThat(QmpJson.toTree(Map.of(Sync.NO_SPACE, 1)).toString()).isEqualTo("{\"no-space\":1}");
        assertThat(QmpJson.toTree(Map.of(7, 1)).toString()).isEqualTo("{\"7\":1}");
    }

    @Test
    @DisplayName(
            "a class as Kotlin compiles a data class, without parameter names, is sent, and read by annotations only")
    void input4AClassWithoutParameterNamesIsSentAndReadByAnnotations(@TempDir Path folder) throws Exception {
        Class<?> plain = compiledWithoutNames(folder, "PlainDisk", "", "");
        Class<?> annotated = compiledWithoutNames(
                folder,
                "NamedDisk",
                "@com.fasterxml.jackson.annotation.JsonProperty(\"node-name\") ",
                "@com.fasterxml.jackson.annotation.JsonProperty(\"size\") ");
        for (Class<?> type : List.of(plain, annotated)) {
            Object disk = type.getConstructor(String.class, long.class).newInstance("disk0", 5L);
            assertThat(QmpCommand.of("x", disk).arguments().toString())
                    .isEqualTo("{\"node-name\":\"disk0\",\"size\":5}");
        }
        JsonNode tree = MAPPER.readTree("{\"node-name\":\"disk0\",\"size\":5}");
        assertThat(QmpJson.toTree(QmpJson.fromTree(tree, annotated)).toString()).isEqualTo(tree.toString());
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> QmpJson.fromTree(tree, plain))
                .withMessageContaining("PlainDisk")
                .withMessageContaining("-java-parameters")
                .withMessageContaining("@JsonProperty");
    }

    /** {@return a class of final fields, one constructor and getters, compiled without the names of parameters} */
    private static Class<?> compiledWithoutNames(Path folder, String name, String first, String second)
            throws Exception {
        Path source = folder.resolve(name + ".java");
        Files.writeString(
                source,
                """
                public final class %1$s {
                    private final String nodeName;
                    private final long size;
                    public %1$s(%2$sString nodeName, %3$slong size) { this.nodeName = nodeName; this.size = size; }
                    public String getNodeName() { return nodeName; }
                    public long getSize() { return size; }
                    public String component1() { return nodeName; }
                    public long component2() { return size; }
                }
                """
                        .formatted(name, first, second));
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-proc:none",
                                "-cp",
                                System.getProperty("java.class.path"),
                                source.toString()))
                .isZero();
        URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, ValueMappingTests.class.getClassLoader());
        return loader.loadClass(name);
    }

    @Test
    @DisplayName("an empty Optional in a map or a list is sent as null, because the key is there")
    void input4SendsAnEmptyOptionalInAMapAsNull() {
        assertThat(QmpCommand.of("x", Map.of("file", Optional.empty()))
                        .arguments()
                        .toString())
                .isEqualTo("{\"file\":null}");
        assertThat(QmpCommand.of("x")
                        .withArgument("size", OptionalLong.empty())
                        .arguments()
                        .toString())
                .isEqualTo("{\"size\":null}");
        assertThat(QmpJson.toTree(List.of(Optional.of("a"), Optional.empty())).toString())
                .isEqualTo("[\"a\",null]");
    }

    @Test
    @DisplayName("a tree of Jackson 2 is refused by name, without a dependency on it")
    void input4RefusesTreesOfJackson2(@TempDir Path folder) throws Exception {
        Path source = Files.createDirectories(folder.resolve("com/fasterxml/jackson/databind"))
                .resolve("JsonNode.java");
        Files.writeString(source, "package com.fasterxml.jackson.databind; public class JsonNode {}");
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()))
                .isZero();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            Object tree = loader.loadClass("com.fasterxml.jackson.databind.JsonNode")
                    .getConstructor()
                    .newInstance();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> QmpCommand.of("x").withArgument("a", tree))
                    .withMessageContaining("arguments.a")
                    .withMessageContaining("tools.jackson.databind.JsonNode");
        }
    }
}
