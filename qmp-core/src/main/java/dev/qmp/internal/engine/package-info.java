/**
 * The life cycle of a connection. {@link dev.qmp.internal.engine.Engine} holds the runstate, the attempt and the
 * session; {@link dev.qmp.internal.engine.Establishing} opens sessions and {@link
 * dev.qmp.internal.engine.DisconnectPath} ends them.
 *
 * <p>The engine depends on four ports ({@link dev.qmp.internal.engine.Loop}, {@link dev.qmp.internal.engine.Transport},
 * {@link dev.qmp.internal.engine.Transports}, {@link dev.qmp.internal.engine.DirectOutput}) and one handler ({@link
 * dev.qmp.internal.engine.ProtocolHandler}). So it knows neither Netty nor a protocol, and tests can control the clock.
 *
 * <p>A method with {@link dev.qmp.protocol.BottomHalf} asserts its thread, and so does each method of a class with this
 * annotation that knows the loop. If such a class does not know the loop, it is used only by such methods.
 */
@NullMarked
package dev.qmp.internal.engine;

import org.jspecify.annotations.NullMarked;
