package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import com.hazelcast.map.IMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An instance's copy of a distributed map. */
@Timeout(30)
class MapViewTests {

    private final List<String> changes = new CopyOnWriteArrayList<>();
    private CompletableFuture<Void> second = new CompletableFuture<>();

    @SuppressWarnings("unchecked")
    private final MapView view = new MapView(mock(IMap.class), this::changed);

    private void changed(String key, String before, String after) {
        if (after.equals("first")) {
            second = CompletableFuture.runAsync(() -> view.take(key, "second", view.moment()));
            // the second change is made and reported at once, or waits for this call
            second.handle((none, failure) -> null)
                    .completeOnTimeout(null, 100, TimeUnit.MILLISECONDS)
                    .join();
        }
        changes.add(before + " to " + after);
    }

    @Test
    void theListenerIsCalledInTheOrderOfTheChanges() {
        view.take("vm0", "first", view.moment());
        second.join();

        assertThat(changes).containsExactly("null to first", "first to second");
        assertThat(view.get("vm0")).isEqualTo("second");
    }
}
