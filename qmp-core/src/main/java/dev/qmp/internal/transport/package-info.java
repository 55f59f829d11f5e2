/**
 * The engine's ports on Netty. Nothing outside of this package imports Netty.
 *
 * <p>The pipeline is short: TLS if wanted, then {@link dev.qmp.internal.transport.FrameHandler}, which finds and
 * decodes messages and hands them to the engine. Outbound messages are encoded by {@link
 * dev.qmp.internal.transport.NettyTransport} straight into a buffer.
 */
@NullMarked
package dev.qmp.internal.transport;

import org.jspecify.annotations.NullMarked;
