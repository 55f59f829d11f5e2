/**
 * The QMP client on the engine: handshake, commands in flight, events, reconnecting.
 *
 * <p>{@link dev.qmp.internal.client.DefaultQmpClient} is composed of the other classes. {@link
 * dev.qmp.internal.client.ClientLifeCycle} has the state that outlives a session, and {@link
 * dev.qmp.internal.client.QmpSession} the state that ends with it. {@link dev.qmp.internal.client.CommandTable} has the
 * commands of a session without an outcome; {@link dev.qmp.internal.client.EventRegistry} has the listeners.
 */
@NullMarked
package dev.qmp.internal.client;

import org.jspecify.annotations.NullMarked;
