package dev.qmp.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.error.MappingException;
import dev.qmp.message.QmpCommand;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The questions that a schema answers, on recorded schemas. */
class QmpSchemaTests {

    private final QmpSchema schema = QmpSchema.recorded("7.2");

    @Test
    void answersWhatTheMachineKnows() {
        assertThat(schema.knowsCommand("query-status")).isTrue();
        assertThat(schema.knowsCommand("query-statu")).isFalse();
        assertThat(schema.knowsArgument("device_del", "id")).isTrue();
        assertThat(schema.knowsArgument("device_del", "ide")).isFalse();
        assertThat(schema.knowsArgument("query-statu", "id")).isFalse();
        assertThat(schema.knowsValue("drive-mirror", "sync", "incremental")).isTrue();
        assertThat(schema.knowsValue("drive-mirror", "sync", "sometimes")).isFalse();
        assertThat(schema.knowsEvent("BLOCK_JOB_COMPLETED")).isTrue();
        assertThat(schema.knowsEvent("BLOCK_JOB_DONE")).isFalse();
        assertThat(schema.knowsEventData("BLOCK_JOB_COMPLETED", "error")).isTrue();
        assertThat(schema.knowsEventData("BLOCK_JOB_COMPLETED", "errors")).isFalse();
    }

    @Test
    void aPathCrossesVariantsAlternatesAndArrays() {
        assertThat(schema.knowsArgument("blockdev-add", "cache.direct")).isTrue();
        assertThat(schema.knowsArgument("blockdev-add", "file.filename")).isTrue();
        assertThat(schema.knowsArgument("blockdev-add", "file.file.file.filename"))
                .isTrue();
        assertThat(schema.knowsArgument("send-key", "keys.data")).isTrue();
        assertThat(schema.knowsValue("send-key", "keys.data", "ctrl")).isTrue();
        assertThat(schema.knowsArgument("send-key", "keys.")).isFalse();
        assertThat(schema.knowsArgument("send-key", "")).isFalse();
    }

    @Test
    void knowsOptionalityFeaturesAndOutOfBand() {
        assertThat(schema.arguments("device_add", "driver")).singleElement().matches(member -> !member.isOptional());
        assertThat(schema.arguments("device_add", "id")).singleElement().matches(SchemaMember::isOptional);
        assertThat(schema.command("query-yank").orElseThrow().isOutOfBand()).isTrue();
        assertThat(schema.command("query-status").orElseThrow().isOutOfBand()).isFalse();
        assertThat(schema.command("device_add").orElseThrow().isOpen()).isTrue();
        assertThat(schema.command("object-add").orElseThrow().isOpen()).isFalse();
        assertThat(schema.command("x-query-rdma").orElseThrow().features()).contains("unstable");
    }

    @Test
    void equalRepliesShareOneSchema() {
        assertThat(QmpSchema.recorded("7.2")).isSameAs(schema);
    }

    @Test
    void aReplyThatIsNoSchemaIsRefusedWithItsFault() {
        JsonMapper json = JsonMapper.shared();
        assertThatThrownBy(() -> QmpSchema.of(json.readTree("{}")))
                .isInstanceOf(MappingException.class)
                .hasMessageContaining("no array");
        assertThatThrownBy(() -> QmpSchema.of(json.readTree("[{\"name\": \"x\"}]")))
                .isInstanceOf(MappingException.class)
                .hasMessageContaining("no string meta-type");
        assertThatThrownBy(() -> QmpSchema.of(json.readTree(
                        "[{\"name\": \"x\", \"meta-type\": \"command\", \"arg-type\": \"7\", \"ret-type\": \"7\"}]")))
                .isInstanceOf(MappingException.class)
                .hasMessageContaining("type 7");
        assertThat(QmpSchema.of(json.readTree("[{\"name\": \"x\", \"meta-type\": \"of-the-future\"}]"))
                        .commands())
                .isEmpty();
    }

    /** A cycle of one union, of two that another union has as variants, and of alternates. */
    static List<String> cycles() {
        return List.of(
                union("7", "7"),
                union("6", "7") + "," + union("7", "8") + "," + union("8", "7"),
                "{'name': '7', 'meta-type': 'alternate', 'members': [{'type': 's'}, {'type': '8'}]},"
                        + "{'name': '8', 'meta-type': 'alternate', 'members': [{'type': '7'}]}");
    }

    @ParameterizedTest
    @MethodSource("cycles")
    void aTypeThatContainsItselfIsRefusedByName(String types) {
        assertThatThrownBy(() -> read(types))
                .isInstanceOf(MappingException.class)
                .hasMessage("type 7 of the schema contains itself");
    }

    @Test
    void unionsMayNestAndShareVariantsAndContainThemselvesByMembers() {
        QmpSchema nested = read(union("1", "2", "3") + "," + union("2", "3")
                + ",{'name': '3', 'meta-type': 'object', 'members': [{'name': 'leaf', 'type': '1', 'default': null}]}");
        assertThat(nested.check(command("{'of1': '2', 'of2': '3', 'leaf': {'of1': '3', 'leaf': {'of1': 'x'}}}")))
                .isEmpty();
        assertThat(nested.check(command("{'of1': '2', 'of2': '3', 'leaf': {'of1': '3', 'leave': 1}}")))
                .singleElement()
                .hasToString("arguments.leaf.leave: no such argument; did you mean \"leaf\"?");
    }

    @Test
    void variantsThatNestWithoutEndAreRefused() {
        String chain = IntStream.range(0, 100_000)
                .mapToObj(i -> union(Integer.toString(i), Integer.toString(i + 1)))
                .collect(Collectors.joining(","));
        assertThatThrownBy(() -> read(chain + ",{'name': '100000', 'meta-type': 'object', 'members': []}"))
                .isInstanceOf(MappingException.class)
                .hasMessageContaining("nest too deep");
    }

    @Test
    void unionsNestEightTimesAtMost() {
        assertThat(read(chain(8)).check(command("{'of1': '2'}"))).isNotEmpty();
        assertThat(read(reversed(8)).check(command("{'of1': '2'}"))).isNotEmpty();
        for (String tooDeep : List.of(chain(9), reversed(9))) {
            assertThatThrownBy(() -> read(tooDeep))
                    .isInstanceOf(MappingException.class)
                    .hasMessageContaining("nest too deep");
        }
    }

    /** {@return unions of which each has the next one as variant, and the last an object} */
    private static String chain(int nested) {
        return links(nested).collect(Collectors.joining(","));
    }

    private static String reversed(int nested) {
        return links(nested).reduce((later, earlier) -> earlier + "," + later).orElseThrow();
    }

    private static Stream<String> links(int nested) {
        return Stream.concat(
                IntStream.rangeClosed(1, nested).mapToObj(i -> union(Integer.toString(i), Integer.toString(i + 1))),
                Stream.of("{'name': '" + (nested + 1) + "', 'meta-type': 'object', 'members': []}"));
    }

    @Test
    @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
    void aVariantOfManyCasesIsVisitedOnce() {
        String unions = IntStream.rangeClosed(1, 8)
                .mapToObj(i -> "{'name': '" + i + "', 'meta-type': 'object', 'tag': 'of" + i
                        + "', 'members': [{'name': 'of" + i + "', 'type': 's'}], 'variants': ["
                        + IntStream.range(0, 100)
                                .mapToObj(c -> "{'case': 'case" + c + "', 'type': '" + (i + 1) + "'}")
                                .collect(Collectors.joining(","))
                        + "]}")
                .collect(Collectors.joining(","));
        QmpSchema shared = read(unions + ",{'name': '9', 'meta-type': 'object', 'members': []}");

        assertThat(shared.check(command("{'of8': 'x', 'of9': 'x'}")))
                .extracting(CommandProblem::toString)
                .containsExactly(
                        "arguments.of1: missing, and not optional",
                        "arguments.of9: no such argument in any variant; did you mean \"of1\"?");
        assertThat(shared.knowsArgument("c", "of8")).isTrue();
        assertThat(shared.knowsArgument("c", "of9")).isFalse();
    }

    /** An array of arrays without end, and an alternate that is a string, or an array of such alternates. */
    @Test
    void typesThatContainThemselvesByAnArrayAreVisitedOnce() {
        QmpSchema endless = read("{'name': '1', 'meta-type': 'object', 'members': ["
                + "{'name': 'arrays', 'type': 'a'}, {'name': 'alternate', 'type': 'b'}]},"
                + "{'name': 'a', 'meta-type': 'array', 'element-type': 'a'},"
                + "{'name': 'b', 'meta-type': 'alternate', 'members': [{'type': 's'}, {'type': 'c-of-b'}]},"
                + "{'name': 'c-of-b', 'meta-type': 'array', 'element-type': 'b'}");

        assertThat(endless.knowsArgument("c", "arrays.x")).isFalse();
        assertThat(endless.knowsValue("c", "arrays", "x")).isFalse();
        assertThat(endless.knowsValue("c", "alternate", "x")).isFalse();
        assertThat(endless.check(command("{'arrays': [[], [[]]], 'alternate': ['x', ['x']]}")))
                .isEmpty();
        assertThat(endless.check(command("{'arrays': 1, 'alternate': [1]}")))
                .extracting(CommandProblem::toString)
                .containsExactly(
                        "arguments.alternate[0]: must be string or array of alternates, not number",
                        "arguments.arrays: must be array of objects, not number");
    }

    @Test
    void aSchemaCannotMakeUpProblemsWithoutEnd() {
        String members = IntStream.range(0, 1000)
                .mapToObj(i -> "{'name': 'line\\n" + i + "-" + "x".repeat(3000) + "', 'type': 's'}")
                .collect(Collectors.joining(","));
        QmpSchema endless = read("{'name': '1', 'meta-type': 'object', 'members': [" + members + "]}");

        List<CommandProblem> problems = endless.check(command("{}"));

        assertThat(problems).hasSize(100).allSatisfy(problem -> assertThat(problem.toString())
                .hasSizeLessThan(2010)
                .startsWith("arguments.line\\u000A")
                .doesNotContain("\n"));
        assertThat(new InvalidCommandException("c", "this machine", problems))
                .message()
                .hasSizeLessThan(2100)
                .doesNotContain("\n");
    }

    @Test
    void manyDeprecationsHideNoError() {
        String members = IntStream.range(0, 150)
                .mapToObj(i -> "{'name': 'old" + i + "', 'type': 's', 'default': null, 'features': ['deprecated']}")
                .collect(Collectors.joining(","));
        QmpSchema schema = read(
                "{'name': '1', 'meta-type': 'object', 'members': [" + members + ", {'name': 'wanted', 'type': 's'}]}");
        String arguments =
                IntStream.range(0, 150).mapToObj(i -> "'old" + i + "': 'x'").collect(Collectors.joining(",", "{", "}"));

        assertThat(schema.check(command(arguments)))
                .filteredOn(problem -> problem.kind() != CommandProblem.Kind.DEPRECATED)
                .singleElement()
                .asString()
                .contains("wanted");
    }

    /** {@return a union whose tag has the name of the variant as value} */
    private static String union(String name, String... variants) {
        String tag = "of" + name;
        return Stream.of(variants)
                .map(variant -> "{'case': '" + variant + "', 'type': '" + variant + "'}")
                .collect(Collectors.joining(
                        ",",
                        "{'name': '" + name + "', 'meta-type': 'object', 'tag': '" + tag + "', 'members': [{'name': '"
                                + tag + "', 'type': 's'}], 'variants': [",
                        "]}"));
    }

    private static QmpSchema read(String types) {
        String text = "[{'name': 's', 'meta-type': 'builtin', 'json-type': 'string'}," + types
                + ",{'name': 'c', 'meta-type': 'command', 'arg-type': '1', 'ret-type': 's'}]";
        return QmpSchema.of(JsonMapper.shared().readTree(text.replace('\'', '"')));
    }

    private static QmpCommand command(String arguments) {
        return QmpCommand.of("c")
                .withArguments((ObjectNode) JsonMapper.shared().readTree(arguments.replace('\'', '"')));
    }

    @Test
    void aVersionWithoutRecordedSchemaIsRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpSchema.recorded("6.0"))
                .withMessageContaining("6.0")
                .withMessageContaining("7.2");
    }
}
