/**
 * The generic engine: sessions of messages over a stream, for any line or message protocol. It knows nothing of JSON
 * or QMP.
 *
 * <ul>
 *   <li>{@link dev.qmp.protocol.AsyncProtocol} is extended by a protocol: a client, a server, a test protocol;
 *   <li>{@link dev.qmp.protocol.Runstate} says where a connection stands, {@link dev.qmp.protocol.RunstateListener} and
 *       {@link dev.qmp.protocol.RunstateWatcher} tell of its changes;
 *   <li>{@link dev.qmp.protocol.MessageCodec} turns bytes into messages and back;
 *   <li>{@link dev.qmp.protocol.Endpoint} says where the peer is, {@link dev.qmp.protocol.ProtocolOptions} how to treat
 *       the connection.
 * </ul>
 */
@NullMarked
package dev.qmp.protocol;

import org.jspecify.annotations.NullMarked;
