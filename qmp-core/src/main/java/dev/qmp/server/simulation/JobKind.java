package dev.qmp.server.simulation;

import java.util.List;
import java.util.Locale;

/** The kinds of jobs, with the commands that start them. */
enum JobKind {
    MIRROR,
    BACKUP,
    COMMIT,
    STREAM,
    CREATE,
    SNAPSHOT_SAVE,
    SNAPSHOT_LOAD,
    SNAPSHOT_DELETE;

    private static final long DISK = 1L << 30;

    /** {@return QEMU's name for the type} */
    String type() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * {@return whether the job is part of the older API, too: {@code query-block-jobs} and {@code BLOCK_JOB_*} events}
     */
    boolean isBlockJob() {
        return switch (this) {
            case MIRROR, BACKUP, COMMIT, STREAM -> true;
            case CREATE, SNAPSHOT_SAVE, SNAPSHOT_LOAD, SNAPSHOT_DELETE -> false;
        };
    }

    /** {@return the total progress: bytes of a disk of 1 GiB, or one step} */
    long length() {
        return isBlockJob() ? DISK : 1;
    }

    /** {@return the argument with the reaction to an I/O error} A job that is no block job has none. */
    String errorArgument() {
        return switch (this) {
            case MIRROR, BACKUP -> "on-target-error";
            case COMMIT, STREAM, CREATE, SNAPSHOT_SAVE, SNAPSHOT_LOAD, SNAPSHOT_DELETE -> "on-error";
        };
    }

    /** {@return the commands that start such a job} */
    List<String> commands() {
        return switch (this) {
            case MIRROR, BACKUP -> List.of("blockdev-" + type(), "drive-" + type());
            case COMMIT, STREAM -> List.of("block-" + type());
            case CREATE -> List.of("blockdev-create");
            case SNAPSHOT_SAVE, SNAPSHOT_LOAD, SNAPSHOT_DELETE -> List.of(type());
        };
    }
}
