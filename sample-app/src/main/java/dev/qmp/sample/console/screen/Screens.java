package dev.qmp.sample.console.screen;

import dev.qmp.QmpClient;
import dev.qmp.screen.Screen;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Component;

/** Takes pictures of screens. Many browsers can show one machine, so concurrent requests share one picture. */
@Component
class Screens {

    private final ConcurrentMap<String, CompletableFuture<byte[]>> underWay = new ConcurrentHashMap<>();

    /** {@return the machine's first display as PNG; fails as {@link Screen#png()}} */
    CompletableFuture<byte[]> take(QmpClient client) {
        String name = client.name();
        CompletableFuture<byte[]> picture =
                underWay.computeIfAbsent(name, absent -> Screen.of(client).png());
        return picture.whenComplete((png, failure) -> underWay.remove(name, picture));
    }
}
