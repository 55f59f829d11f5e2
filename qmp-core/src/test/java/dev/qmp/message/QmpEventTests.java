package dev.qmp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.MappingException;
import dev.qmp.error.QmpException;
import dev.qmp.error.ResultException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Data of events, in and out of the application's own types. */
class QmpEventTests {

    record Shutdown(boolean guest, String shutdownReason) {}

    @Test
    @DisplayName("data is given as a map, a record or a tree, which is copied, and read as a type")
    void convertsData() {
        QmpEvent fromRecord = QmpEvent.of("SHUTDOWN", new Shutdown(true, "guest-reset"));
        ObjectNode tree = QmpJson.object().put("guest", true).put("shutdown-reason", "guest-reset");
        QmpEvent fromTree = QmpEvent.of("SHUTDOWN", tree);
        tree.removeAll();

        assertThat(fromRecord.data()).isEqualTo(fromTree.data());
        assertThat(QmpEvent.of("SHUTDOWN", Map.of("guest", true, "shutdown-reason", "guest-reset"))
                        .data())
                .isEqualTo(fromTree.data());
        assertThat(fromTree.dataAs(Shutdown.class)).isEqualTo(new Shutdown(true, "guest-reset"));
    }

    @Test
    @DisplayName("data that is no object is the caller's mistake")
    void refusesWhatIsNoObject() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> QmpEvent.of("ODD", List.of(1)))
                .withMessage("data of ODD must become a JSON object, not ARRAY");
    }

    @Test
    @DisplayName("data that does not fit the wanted type is a QmpException, as a result is, and is not quoted")
    void failsToMapAsResultsDo() {
        QmpEvent event = QmpEvent.of("SHUTDOWN", Map.of("guest", "hunter2"));

        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> event.dataAs(Shutdown.class))
                .withMessageContaining("Shutdown")
                .withMessageContaining("at /guest")
                .withMessageNotContaining("hunter2");
        assertThat(MappingException.class).isAssignableTo(QmpException.class);
        assertThat(ResultException.class).isAssignableTo(MappingException.class);
    }
}
