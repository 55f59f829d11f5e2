package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.util.concurrent.CompletableFuture;

/** Commands one after another, without a thread that waits for each. */
final class Chains {

    private Chains() {}

    /** {@return the last one's outcome: each is issued when the one before has its reply} */
    static CompletableFuture<?> chain(QmpClient client, QmpCommand command, int length) {
        CompletableFuture<?> last = client.execute(command);
        for (int count = 1; count < length; count++) {
            last = last.thenCompose(before -> client.execute(command));
        }
        return last;
    }
}
