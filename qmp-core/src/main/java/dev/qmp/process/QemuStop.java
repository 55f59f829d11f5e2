package dev.qmp.process;

import java.time.Duration;
import java.util.Objects;

/**
 * How a process was stopped.
 *
 * @param step the step after which the process ended
 * @param exit the end of the process
 * @param took the time from the call to the end
 */
public record QemuStop(Step step, QemuExit exit, Duration took) {

    /** The steps of {@link QemuProcess#stop()}, in their order. */
    public enum Step {
        /** The process had ended before the call, or by itself before a step had an effect. */
        ALREADY_ENDED,
        /** The process ended after the command {@code quit}. */
        QUIT,
        /**
         * The process ended after the signal {@code SIGTERM}: it had no session, refused {@code quit}, or was too slow.
         */
        TERMINATED,
        /** The process ended after {@code SIGKILL}. Data that it had not written to its disks is lost. */
        KILLED
    }

    /** Refuses missing components. */
    public QemuStop {
        Objects.requireNonNull(step, "step");
        Objects.requireNonNull(exit, "exit");
        Objects.requireNonNull(took, "took");
    }
}
