/**
 * Events of a machine: callbacks, mailboxes, publishers, and commands that an event completes.
 *
 * <p>The simplest listener is a callback. It runs on a thread of the callback executor, one event at a time, in order:
 *
 * <pre>{@code
 * client.events().subscribe(EventFilter.named("STOP", "RESUME"), event -> log.info("{}", event));
 * }</pre>
 *
 * <p>If the program itself waits for events, a {@link dev.qmp.event.EventMailbox} is a FIFO of them:
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
 * <p>Listeners outlive sessions and receive events again after a reconnect. Events during the break are lost, so an
 * {@link dev.qmp.event.EventSignal} marks the break. Listeners are bounded. A listener that is read too slowly loses
 * events by its {@link dev.qmp.event.OverflowPolicy}, and a signal states how many.
 */
@NullMarked
package dev.qmp.event;

import org.jspecify.annotations.NullMarked;
