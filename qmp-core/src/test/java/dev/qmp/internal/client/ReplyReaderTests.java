package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Replies as messages. */
class ReplyReaderTests {

    @Test
    @DisplayName("a change of a reply's id does not change the command's")
    void copiesTheId() {
        ObjectNode id = QmpJson.object().put("n", 1);
        ObjectNode message = new ReplyReader.Raw(id).read(QmpReply.success(null, QmpJson.object()));
        message.withObject("/id").put("n", 2);
        assertThat(id.get("n").intValue()).isEqualTo(1);
    }
}
