package dev.qmp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the application gives becomes a tree, or is refused before anything is sent. */
class QmpJsonTests {

    @Test
    @DisplayName("#37 a map that holds itself is refused")
    void refusesCyclicMaps() {
        Map<String, Object> map = new HashMap<>();
        map.put("self", map);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpCommand.of("x", map))
                .withMessageContaining("java.util.HashMap");
    }

    @Test
    @DisplayName("#37 a tree that holds itself is refused")
    void refusesCyclicTrees() {
        ObjectNode tree = QmpJson.object();
        tree.set("self", tree);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpCommand.of("x", tree))
                .withMessageContaining("holds itself");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpCommand.of("x").withArgument("list", List.of(tree)))
                .withMessageContaining("as JSON");
        ObjectNode message = QmpJson.object().put("execute", "x");
        message.set("arguments", tree);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RawCommands.read(message))
                .withMessageContaining("holds itself");
    }

    @Test
    @DisplayName("#37 a tree may have a thousand levels, and none more")
    void takesAThousandLevels() {
        assertThat(QmpJson.toTree(nested(1000))).isEqualTo(nested(1000));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpJson.toTree(nested(1001)))
                .withMessageContaining("deeper than 1000 levels");
    }

    @ParameterizedTest
    @ValueSource(strings = {"arguments", "id", "x-extra"})
    @DisplayName("#37 a message is refused if a member is nested too deep, also a member that QMP does not define")
    void refusesADeepMember(String member) {
        ObjectNode message = QmpJson.object().put("execute", "x");
        message.set(member, nested(100_000));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QmpCommand.fromMessage(message))
                .withMessageContaining("deeper than 1000 levels");
    }

    private static ArrayNode nested(int levels) {
        ArrayNode outermost = QmpJson.object().arrayNode();
        ArrayNode innermost = outermost;
        for (int i = 1; i < levels; i++) {
            innermost = innermost.addArray();
        }
        return outermost;
    }
}
