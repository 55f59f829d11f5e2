package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class RemoteRequestsTests {

    /** With another speed, the caller's deadline would end a big command before the owner's does. */
    @Test
    void theTimeForABigCommandIsThatOfTheCore() throws ReflectiveOperationException {
        Field core = Class.forName("dev.qmp.internal.client.PendingCommand").getDeclaredField("BYTES_PER_MILLI");
        core.setAccessible(true);
        assertThat(core.get(null)).isEqualTo(RemoteRequests.BYTES_PER_MILLI);
    }
}
