/** The commands of the guest agent, generated from the schemas of the known versions: {@code GuestInfo.command()}. */
@NullMarked
package dev.qmp.qapi.agent.command;

import org.jspecify.annotations.NullMarked;
