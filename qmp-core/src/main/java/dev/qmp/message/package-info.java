/**
 * The values that travel over a QMP monitor, and nothing else: no I/O, no state, no other package of this library but
 * the exceptions.
 *
 * <ul>
 *   <li>{@link dev.qmp.message.QmpCommand} is what a client sends;
 *   <li>{@link dev.qmp.message.QmpReply} answers one command;
 *   <li>{@link dev.qmp.message.QmpEvent} arrives at any time;
 *   <li>{@link dev.qmp.message.QmpGreeting} is the first thing a server says.
 * </ul>
 *
 * Arguments and results are Jackson {@link tools.jackson.databind.JsonNode} trees; {@link dev.qmp.message.QmpJson}
 * converts between trees and the application's own records and classes.
 */
@NullMarked
package dev.qmp.message;

import org.jspecify.annotations.NullMarked;
