/**
 * The structs, unions, alternates and enums of the guest agent's commands, generated from the schemas of the known
 * versions.
 */
@NullMarked
package dev.qmp.qapi.agent.type;

import org.jspecify.annotations.NullMarked;
