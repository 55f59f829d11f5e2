/**
 * What can go wrong, as types. All are unchecked and carry their evidence.
 *
 * <pre>
 * QmpException
 * ├── StateException ¹            the runstate does not allow the operation; nothing was touched
 * ├── QmpConnectException ¹       no session came about: phase, cause, and whether another try may help
 * ├── ConnectionLostException     the session ended although nobody asked for it
 * ├── ProtocolException           the peer broke the protocol: which rule, and the session is over
 * ├── CommandException            a command did not succeed; its subtype tells the outcome
 * │   ├── NotSentException        certainly not executed: no byte of it was sent
 * │   │   ├── OverloadException   the queue is full
 * │   │   └── CommandRefusedException  the client's command policy refuses it
 * │   ├── RejectedException       the server answered with an error
 * │   ├── OutcomeUnknownException it was sent, and its outcome is not known
 * │   │   └── CommandTimeoutException
 * │   └── NotCompletedException   executed, but the event that completes it was not received
 * │       ├── FailedByEventException ²  an event reported that what it had started failed
 * │       └── EventNotSeenException ²   the wait for the event ended: limit, session, cancellation
 * ├── MappingException            what the server sent, an event's data for one, does not fit the wanted type
 * │   └── ResultException         the result of a command that succeeded
 * └── ListenerException           an event or runstate listener has come to its end
 * ¹ in dev.qmp.protocol, because they carry engine types
 * ² in dev.qmp.event, because they carry the event and the reply's value
 * </pre>
 *
 * <p>Misuse that no program should catch is a JDK exception: {@link java.lang.IllegalArgumentException} for values,
 * {@link java.lang.IllegalStateException} for a blocking call on an event loop.
 *
 * <p>No message quotes arguments or results. The text of a server's error, in a reply or in an event's member {@code
 * error}, is quoted, escaped and shortened, because it is made for people. So is the output of a QEMU that could not be
 * started. The untouched text is in {@link dev.qmp.error.RejectedException#description()}.
 */
@NullMarked
package dev.qmp.error;

import org.jspecify.annotations.NullMarked;
