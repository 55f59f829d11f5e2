/**
 * The QMP client on the engine: handshake, commands in flight, events, reconnecting.
 *
 * <p>{@link dev.qmp.internal.client.DefaultQmpClient} composes. {@link dev.qmp.internal.client.ClientLifeCycle} has
 * what outlives a session, and {@link dev.qmp.internal.client.QmpSession} what ends with it. {@link
 * dev.qmp.internal.client.CommandTable} has each command of a session that has no outcome yet; {@link
 * dev.qmp.internal.client.EventRegistry} has the listeners.
 */
@NullMarked
package dev.qmp.internal.client;

import org.jspecify.annotations.NullMarked;
