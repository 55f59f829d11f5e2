/**
 * The machines this application runs by itself, so that there is something to connect to.
 *
 * <p>{@link dev.qmp.sample.machine.OwnMachinesEnvironmentPostProcessor} decides whether there are any, and tells the
 * starter where they will be; {@link dev.qmp.sample.machine.Machines} runs them, from before the clients connect until
 * after they have disconnected.
 */
@NullMarked
package dev.qmp.sample.machine;

import org.jspecify.annotations.NullMarked;
