package dev.qmp.internal.client;

import dev.qmp.CommandPolicy;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.NotSentException;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.engine.LineLimit;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Refuses the commands that the client's {@link CommandPolicy} does not permit. All refusals are counted. At most one
 * in ten seconds is logged at WARN, because a program may repeat a refused command without end.
 */
@UpperHalf
final class PolicyGuard {

    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final CommandPolicy policy;
    private final Logger logger;
    private final LongAdder refused = new LongAdder();
    private final LineLimit limit = new LineLimit(PAUSE);

    PolicyGuard(CommandPolicy policy, String client) {
        this.policy = policy;
        this.logger = ConnectionLogger.of(PolicyGuard.class, client);
    }

    /**
     * Refuses a command that the policy does not permit.
     *
     * @return the refusal; null if the policy permits the command
     */
    @Nullable
    NotSentException refuseForbidden(QmpCommand command) {
        if (policy.permits(command)) {
            return null;
        }
        CommandRefusedException refusal = new CommandRefusedException(command.name(), policy.toString());
        refused.increment();
        if (limit.admit(1) > 0) {
            logger.warn("{}; refused so far: {}", refusal.getMessage(), refused.sum());
        }
        return refusal;
    }

    /** {@return the number of commands refused since the client's creation} */
    long refused() {
        return refused.sum();
    }
}
