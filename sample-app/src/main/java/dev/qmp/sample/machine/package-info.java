/**
 * The machines that this application runs, so that a first start has machines to connect to.
 *
 * <p>{@link dev.qmp.sample.machine.OwnMachinesEnvironmentPostProcessor} decides whether there are any, and passes
 * their addresses to the starter. {@link dev.qmp.sample.machine.Machines} runs them, from before the clients connect
 * until after they have disconnected.
 */
@NullMarked
package dev.qmp.sample.machine;

import org.jspecify.annotations.NullMarked;
