package dev.qmp.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** What differs between two schemas. */
class SchemaDiffTests {

    @ParameterizedTest
    @MethodSource("dev.qmp.schema.QmpSchema#recordedVersions")
    void aSchemaDoesNotDifferFromItself(String version) {
        QmpSchema schema = QmpSchema.recorded(version);
        assertThat(schema.diff(schema).isEmpty()).isTrue();
    }

    @Test
    void everyKindOfDifferenceIsOneReadableLine() {
        QmpSchema from = schema(
                """
                {"name": "gone", "meta-type": "command", "arg-type": "0", "ret-type": "0"},
                {"name": "job", "meta-type": "command", "arg-type": "1", "ret-type": "0"},
                {"name": "EVENT", "meta-type": "event", "arg-type": "1"},
                {"name": "1", "meta-type": "object", "members": [
                    {"name": "id", "type": "str"},
                    {"name": "old", "type": "str", "default": null},
                    {"name": "size", "type": "int"},
                    {"name": "mode", "type": "2"}]},
                {"name": "2", "meta-type": "enum", "values": ["a", "b"]},
                """);
        QmpSchema to = schema(
                """
                {"name": "came", "meta-type": "command", "arg-type": "0", "ret-type": "0"},
                {"name": "job", "meta-type": "command", "arg-type": "9", "ret-type": "0", "features": ["deprecated"],
                    "allow-oob": true},
                {"name": "EVENT", "meta-type": "event", "arg-type": "9"},
                {"name": "9", "meta-type": "object", "members": [
                    {"name": "id", "type": "str", "default": null},
                    {"name": "new", "type": "bool", "default": null},
                    {"name": "size", "type": "str"},
                    {"name": "mode", "type": "8"}]},
                {"name": "8", "meta-type": "enum", "members": [{"name": "a", "features": ["deprecated"]}, {"name": "c"}]},
                """);
        assertThat(from.diff(to).lines())
                .containsExactly(
                        "+ command came",
                        "- command gone",
                        "~ command job: now deprecated",
                        "~ command job: can be out of band",
                        "~ command job: id: now optional",
                        "+ command job: mode: value c",
                        "- command job: mode: value b",
                        "~ command job: mode=a: now deprecated",
                        "+ command job: new: boolean, optional",
                        "- command job: old",
                        "~ command job: size: int became string");
    }

    private static QmpSchema schema(String entries) {
        return QmpSchema.of(
                JsonMapper.shared()
                        .readTree(
                                "[" + entries
                                        + """
                {"name": "str", "meta-type": "builtin", "json-type": "string"},
                {"name": "int", "meta-type": "builtin", "json-type": "int"},
                {"name": "bool", "meta-type": "builtin", "json-type": "boolean"},
                {"name": "0", "meta-type": "object", "members": []}]
                """));
    }

    @Test
    void theDiffOfTwoRealMachinesTellsWhatAnApplicationNeeds() {
        List<String> lines =
                QmpSchema.recorded("7.2").diff(QmpSchema.recorded("11.1")).lines();
        assertThat(lines).hasSizeBetween(100, 2000).doesNotHaveDuplicates();
        assertThat(lines).anyMatch(line -> line.startsWith("+ command query-stats-") || line.startsWith("+ command "));
        assertThat(lines).anyMatch(line -> line.startsWith("- command "));
    }

    /** Prints the diff of two recorded versions: {@code 7.2 11.1}. */
    public static void main(String[] versions) {
        System.out.println(QmpSchema.recorded(versions[0]).diff(QmpSchema.recorded(versions[1])));
    }
}
