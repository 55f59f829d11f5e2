package dev.qmp.server;

import dev.qmp.message.QmpGreeting;
import org.jspecify.annotations.Nullable;

/**
 * The peer that a server plays.
 *
 * @param guestAgent whether it is a guest agent: no greeting, no negotiation, no out-of-band execution, no events
 * @param commandIds whether it accepts commands that have an id; agents before 4.0 refuse them
 * @param greeting the greeting of a monitor; the version in it is that of an agent, too
 * @param machine the recorded machine that objects to commands; null for none
 */
record ServerRole(boolean guestAgent, boolean commandIds, QmpGreeting greeting, @Nullable RecordedMachine machine) {}
