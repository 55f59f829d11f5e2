package dev.qmp.internal.client;

import dev.qmp.protocol.Registration;
import java.time.Duration;

/** Runs tasks on the client's event loop later. */
@FunctionalInterface
interface Scheduler {

    /** {@return what the task can be taken back with} */
    Registration schedule(Duration delay, Runnable task);
}
