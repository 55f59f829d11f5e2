package dev.qmp.spring;

import dev.qmp.protocol.Runstate;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A machine of a fleet, as its owner reported it last.
 *
 * @param connection the connection's name
 * @param owner the id of the instance that holds it; null if no instance holds it now
 * @param host the owner's host and process; null if there is no owner
 * @param runstate the owner's runstate; {@code IDLE} without an owner
 * @param since when the runstate was entered; null before the first report
 * @param qemuVersion the version of the session, or of the last one; null before the first session
 * @param lastError why there is no session; null if there is one, or if none was requested
 * @param heldByAnother whether another client holds the monitor, so that the owner waits before its next attempt
 */
public record QmpMachine(
        String connection,
        @Nullable String owner,
        @Nullable String host,
        Runstate runstate,
        @Nullable Instant since,
        @Nullable String qemuVersion,
        @Nullable String lastError,
        boolean heldByAnother) {}
