/**
 * The QMP client on the engine: handshake, commands in flight, events, reconnecting.
 *
 * <p>{@link dev.qmp.internal.client.DefaultQmpClient} composes; {@link dev.qmp.internal.client.QmpProtocol} is the {@link
 * dev.qmp.protocol.AsyncProtocol} of it; {@link dev.qmp.internal.client.CommandTable} knows every command that has no
 * outcome yet; {@link dev.qmp.internal.client.EventRegistry} every listener.
 */
@NullMarked
package dev.qmp.internal.client;

import org.jspecify.annotations.NullMarked;
