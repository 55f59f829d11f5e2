package dev.qmp.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.error.MappingException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

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

    @Test
    void aVersionWithoutRecordedSchemaIsRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpSchema.recorded("6.0"))
                .withMessageContaining("6.0")
                .withMessageContaining("7.2");
    }
}
