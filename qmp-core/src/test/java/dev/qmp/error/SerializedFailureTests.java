package dev.qmp.error;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.device.Backend;
import dev.qmp.device.PlugFailedException;
import dev.qmp.device.UnplugFailedException;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.FailedByEventException;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Failures that are serialized and read again. */
class SerializedFailureTests {

    private static final List<Backend> LEFTOVERS = List.of(new Backend(Backend.Kind.BLOCK_NODE, "disk0-node"));
    private static final QmpEvent EVENT = QmpEvent.of("DEVICE_UNPLUG_GUEST_ERROR", Map.of("device", "disk0"));
    private static final JsonNode RESULT = QmpJson.object().put("number", 7);

    @SuppressWarnings({"unchecked", "BanSerializableRead"})
    private static <E extends QmpException> E copy(E failure) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(failure);
        return (E) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    }

    @Test
    @DisplayName("a refused unplug keeps its event, and a device that is gone keeps its leftovers")
    void ofAnUnplug() throws Exception {
        UnplugFailedException refused =
                copy(new UnplugFailedException("unplug of disk0", "refused", EVENT, List.of(), null));
        assertThat(refused.isDeviceGone()).isFalse();
        assertThat(refused.event()).isEqualTo(EVENT);
        assertThat(refused.leftovers()).isEmpty();

        UnplugFailedException gone =
                copy(new UnplugFailedException("unplug of disk0", "in use", null, LEFTOVERS, null));
        assertThat(gone.isDeviceGone()).isTrue();
        assertThat(gone.leftovers()).isEqualTo(LEFTOVERS);
        assertThat(gone).hasMessageContaining("block node disk0-node");
    }

    @Test
    @DisplayName("a failed plug keeps its leftovers")
    void ofAPlug() throws Exception {
        assertThat(copy(new PlugFailedException("plug of disk0", "no bus", LEFTOVERS, null))
                        .leftovers())
                .isEqualTo(LEFTOVERS);
    }

    @Test
    @DisplayName("an operation without its event, or failed by one, keeps event and result")
    void ofAnOperation() throws Exception {
        EventNotSeenException notSeen = copy(new EventNotSeenException(
                "device_del", EventNotSeenException.Reason.TIMED_OUT, "it took too long", RESULT, null));
        assertThat(notSeen.reason()).isEqualTo(EventNotSeenException.Reason.TIMED_OUT);
        assertThat(notSeen.result()).isEqualTo(RESULT);

        FailedByEventException failed = copy(new FailedByEventException("device_del", EVENT, RESULT));
        assertThat(failed.event()).isEqualTo(EVENT);
        assertThat(failed.result()).isEqualTo(RESULT);
    }
}
