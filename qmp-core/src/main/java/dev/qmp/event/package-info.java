/**
 * Listening to what happens in a machine.
 *
 * <p>The simplest way is a callback, on a thread of the callback executor, one event at a time, in order:
 *
 * <pre>{@code
 * client.events().subscribe(EventFilter.named("STOP", "RESUME"), event -> log.info("{}", event));
 * }</pre>
 *
 * <p>Where the program waits for events itself, a {@link dev.qmp.event.EventMailbox} is a FIFO of them:
 *
 * <pre>{@code
 * try (EventMailbox resets = client.events().openMailbox(EventFilter.named("RESET"))) {
 *     client.blocking().execute("system_reset");
 *     QmpEvent reset = resets.nextEvent(Duration.ofSeconds(10)); // null if none came in time
 * }
 * }</pre>
 *
 * <p>A command that an event completes is an {@link dev.qmp.event.Operation}, because such an event can report a
 * failure as well.
 *
 * <p>Listeners outlive sessions: after a reconnect they hear on, and {@link dev.qmp.event.EventSignal} tells them of
 * the break, since events that happened in between are lost. They are bounded: one that is not read in time loses
 * events by its {@link dev.qmp.event.OverflowPolicy}, and is told how many.
 */
@NullMarked
package dev.qmp.event;

import org.jspecify.annotations.NullMarked;
