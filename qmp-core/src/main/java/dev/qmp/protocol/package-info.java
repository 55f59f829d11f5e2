/**
 * The generic engine: sessions of messages over a stream, for any line or message protocol. It does not know
 * what a message is about.
 *
 * <ul>
 * <li>{@link dev.qmp.protocol.AsyncProtocol} is the base class of a protocol: a client, a server, a test protocol;
 * <li>{@link dev.qmp.protocol.Runstate} is the state of a connection; {@link dev.qmp.protocol.RunstateListener} and
 *     {@link dev.qmp.protocol.RunstateWatcher} receive its changes;
 * <li>{@link dev.qmp.protocol.MessageCodec} converts bytes into messages and back;
 * <li>{@link dev.qmp.protocol.ConnectPhase} is where an attempt failed; a protocol adds its own phases;
 * <li>{@link dev.qmp.protocol.Endpoint} is an address, and {@link dev.qmp.protocol.ProtocolOptions} has the options of
 *     a connection.
 * </ul>
 */
@NullMarked
package dev.qmp.protocol;

import org.jspecify.annotations.NullMarked;
