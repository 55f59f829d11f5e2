/**
 * The guest agent {@code qemu-ga}: programs, files, freezes, time, networks and power, inside the guest.
 *
 * <p>{@link dev.qmp.agent.GuestAgent} uses a client of the agent's socket. Long work is a {@link dev.qmp.task.Task}.
 */
@NullMarked
package dev.qmp.agent;

import org.jspecify.annotations.NullMarked;
