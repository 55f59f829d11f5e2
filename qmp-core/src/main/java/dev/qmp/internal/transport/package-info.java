/**
 * The engine's ports on Netty. Only this package imports Netty.
 *
 * <p>The pipeline has TLS if it is configured, and then {@link dev.qmp.internal.transport.FrameHandler}, which finds
 * and decodes messages and passes them to the engine. {@link dev.qmp.internal.transport.NettyTransport} encodes
 * outbound messages directly into a buffer. On a socket of junixsocket, {@link dev.qmp.internal.transport.StreamEnd} is
 * before the {@code FrameHandler}.
 */
@NullMarked
package dev.qmp.internal.transport;

import org.jspecify.annotations.NullMarked;
