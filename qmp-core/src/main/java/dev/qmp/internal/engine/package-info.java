/**
 * The life of a connection: runstate machine, establishing, outgoing queue, the one disconnect path. Written against
 * three ports ({@link dev.qmp.internal.engine.Loop}, {@link dev.qmp.internal.engine.Transport}, {@link
 * dev.qmp.internal.engine.Transports}), so that it knows neither Netty nor any protocol, and its tests can hold the
 * clock.
 */
@NullMarked
package dev.qmp.internal.engine;

import org.jspecify.annotations.NullMarked;
