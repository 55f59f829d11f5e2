package dev.qmp.migration;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.error.Text;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.type.MigrationInfo;
import dev.qmp.qapi.type.MigrationStatus;
import dev.qmp.qapi.type.RunState;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the end of a migration that a machine reports can be the end of the task's own one. QEMU reports the
 * last migration: this can be an earlier one, or one into the machine, and a machine started anew can have one, too.
 *
 * <p>A session is identified by the moment of its start. That is read before a command is sent. After the reply, only
 * another session that runs makes the reply doubtful, because the task's own one may just have ended.
 *
 * <p>Thread safety: any thread may use it.
 */
final class OwnMigration {

    private final QmpClient client;
    /** The session in which the migration was started. */
    private volatile @Nullable Instant startedIn;
    /** The last session in which the machine is known to have migrated out; null if there is none. */
    private volatile @Nullable Instant provedIn;

    OwnMigration(QmpClient client) {
        this.client = client;
    }

    /** {@return when the present session started} */
    Instant session() {
        return client.status().since();
    }

    /** Notes that the command which starts the migration is about to be sent. */
    void starting() {
        startedIn = session();
    }

    /** Notes that the machine has accepted that command. */
    void started() {
        provedIn = startedIn;
    }

    /**
     * Notes a state, and checks it. Only a migration out of a machine has numbers of the memory while it runs.
     *
     * @param session {@link #session()} before the state was queried
     * @return whether the state is an end that needs {@link #isProvedBy}
     */
    boolean needsProof(@Nullable MigrationInfo state, Instant session) {
        MigrationStatus status = state == null ? null : state.status();
        if (state == null || status == null) {
            return false;
        }
        if (status.equals(MigrationStatus.COMPLETED)
                || status.equals(MigrationStatus.CANCELLED)
                || status.equals(MigrationStatus.FAILED)) {
            return !session.equals(provedIn) || hasLaterSession(session);
        }
        if (state.ram() != null) {
            provedIn = session;
        }
        return false;
    }

    /** {@return whether another session runs now, so that the reply may be of that one} */
    private boolean hasLaterSession(Instant session) {
        QmpClientStatus now = client.status();
        return now.runstate() == Runstate.RUNNING && !now.since().equals(session);
    }

    /**
     * {@return whether the guest's status proves that the machine has migrated out, or has failed to}
     *
     * @param completed whether the migration has completed; if not, the guest is at the source
     */
    static boolean isProvedBy(RunState guest, boolean completed) {
        return completed ? guest.equals(RunState.POSTMIGRATE) : !guest.equals(RunState.INMIGRATE);
    }

    /** {@return the failure of a task whose machine has that status of its guest} */
    static TaskOutcomeUnknownException notProved(String task, RunState guest) {
        return new TaskOutcomeUnknownException(
                task,
                "the guest's status is " + Text.printable(guest.value())
                        + ", so the migration that the machine reports may be an earlier or an incoming one",
                null);
    }
}
