package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import java.lang.ref.Reference;
import java.lang.reflect.Field;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FileHandleTests {

    @Test
    @DisplayName("the entry of a file that is never closed is removed when the file is garbage, and no other one")
    void removesTheEntriesOfGarbage() throws Exception {
        try (QmpClient client =
                QmpClient.builder("tcp:127.0.0.1:1").guestAgent().build()) {
            FileHandle kept = FileHandle.opened(client, 1000).handle();
            FileHandle.opened(client, 1001);
            Map<?, ?> entries = entriesOf(kept);

            await().until(() -> {
                System.gc();
                FileHandle.opened(client, 1002);
                return !entries.containsKey(1001L);
            });

            assertThat(entries.get(1000L)).isInstanceOf(Reference.class);
            assertThat(kept.isLost()).isFalse();
        }
    }

    private static Map<?, ?> entriesOf(FileHandle handle) throws ReflectiveOperationException {
        Field open = FileHandle.class.getDeclaredField("open");
        open.setAccessible(true);
        return (Map<?, ?>) open.get(handle);
    }
}
