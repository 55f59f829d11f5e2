/**
 * The values that travel over a QMP monitor. The package has no I/O and no state, and uses no other package of this
 * library but the exceptions.
 *
 * <ul>
 * <li>{@link dev.qmp.message.QmpCommand} is sent by a client;
 * <li>{@link dev.qmp.message.QmpReply} answers one command;
 * <li>{@link dev.qmp.message.QmpEvent} arrives at any time;
 * <li>{@link dev.qmp.message.QmpGreeting} is a server's first message.
 * </ul>
 *
 * <p>Arguments and results are Jackson {@link tools.jackson.databind.JsonNode} trees. {@link dev.qmp.message.QmpJson}
 * converts between trees and the application's own records and classes.
 */
@NullMarked
package dev.qmp.message;

import org.jspecify.annotations.NullMarked;
