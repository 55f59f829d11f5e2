/**
 * The exceptions of this library. All are unchecked, and their types and methods state what happened.
 *
 * <pre>
 * QmpException
 * ├── StateException ¹            the runstate does not allow the operation; the call had no effect
 * ├── QmpConnectException ¹       an attempt failed: phase, cause, and whether another attempt may succeed
 * ├── ConnectionLostException     the session ended without a request of this side
 * ├── ProtocolException           the peer violated a rule of the protocol, and the session has ended
 * ├── CommandException            a command did not succeed; the subtype states its outcome
 * │   ├── NotSentException        certainly not executed: no byte of it was sent
 * │   │   ├── OverloadException   the queue is full
 * │   │   ├── CommandRefusedException  the client's command policy refuses it
 * │   │   └── InvalidCommandException ⁴  the machine's schema shows that it would be rejected
 * │   ├── RejectedException       the server answered with an error
 * │   ├── OutcomeUnknownException it was written, and no reply was received
 * │   │   └── CommandTimeoutException
 * │   └── NotCompletedException   executed, but the event that completes it was not received
 * │       ├── FailedByEventException ²  an event reported that the work it had started failed
 * │       └── EventNotSeenException ²   the wait for the event ended: limit, session, cancellation
 * ├── MappingException            data of the server does not fit the requested type
 * │   └── ResultException         the data is the result of a command that succeeded
 * ├── ListenerException           an event or runstate listener has ended
 * ├── TaskException ³             a task had another outcome than its success
 * ├── QemuProcessException ⁵      a QEMU process could not be started, adopted or ended
 * └── FreezeException, HmpException, MonitorRefusedException, ScreenshotException,
 *     StatisticsUnsupportedException ⁵
 * ¹ in dev.qmp.protocol, because they carry engine types
 * ² in dev.qmp.event, because they carry the event and the reply's value
 * ³ in dev.qmp.task, with its subtypes
 * ⁴ in dev.qmp.schema
 * ⁵ in the packages of their tasks
 * </pre>
 *
 * <p>Incorrect use, which no program should catch, is a JDK exception: {@link java.lang.IllegalArgumentException} for
 * values, {@link java.lang.IllegalStateException} for a blocking call on an event loop.
 *
 * <p>No message quotes arguments or results. The text of a server's error is quoted, escaped and shortened, because it
 * is written for operators. It is in a reply, or in an event's member {@code error}. So is the output of a QEMU that
 * could not be started. {@link dev.qmp.error.RejectedException#description()} has the complete text.
 */
@NullMarked
package dev.qmp.error;

import org.jspecify.annotations.NullMarked;
