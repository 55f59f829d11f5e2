package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import java.util.Map;
import java.util.function.Consumer;

/** A simulated copy of a disk: it only takes time, and sends the events that QEMU sends. Not thread-safe. */
final class DiskCopy {

    static final String TYPE = "backup";

    private static final long LENGTH = 1L << 30;
    private static final long UNLIMITED = 512L << 20;

    private final String id;
    private final long speed;
    private final Consumer<QmpEvent> events;
    private long offset;
    private boolean paused;

    DiskCopy(String id, long speed, Consumer<QmpEvent> events) {
        this.id = id;
        this.speed = speed;
        this.events = events;
    }

    String id() {
        return id;
    }

    void start() {
        enter("created");
        enter("running");
    }

    void pause() {
        paused = true;
        enter("paused");
    }

    void resume() {
        paused = false;
        enter("running");
    }

    boolean isPaused() {
        return paused;
    }

    void cancel() {
        enter("aborting");
        events.accept(QmpEvent.of("BLOCK_JOB_CANCELLED", outcome()));
        end();
    }

    /**
     * Advances the copy by the elapsed time.
     *
     * @return whether it is complete
     */
    boolean advance(double seconds) {
        if (!paused) {
            offset = Math.min(LENGTH, offset + (long) (seconds * (speed == 0 ? UNLIMITED : speed)));
        }
        if (offset < LENGTH) {
            return false;
        }
        enter("waiting");
        enter("pending");
        events.accept(QmpEvent.of("BLOCK_JOB_COMPLETED", outcome()));
        end();
        return true;
    }

    JobInfo info() {
        return new JobInfo(id, TYPE, status(), offset, LENGTH);
    }

    BlockJobInfo blockInfo() {
        return new BlockJobInfo(id, TYPE, LENGTH, offset, speed, status(), paused, !paused, false, "ok", true, true);
    }

    private String status() {
        return paused ? "paused" : "running";
    }

    private void end() {
        enter("concluded");
        enter("null");
    }

    private void enter(String status) {
        events.accept(QmpEvent.of("JOB_STATUS_CHANGE", QmpJson.toTree(Map.of("status", status, "id", id))));
    }

    private tools.jackson.databind.JsonNode outcome() {
        return QmpJson.toTree(new Outcome(id, TYPE, LENGTH, offset, speed));
    }

    /** An entry of {@code query-jobs}. */
    record JobInfo(String id, String type, String status, long currentProgress, long totalProgress) {}

    /** An entry of {@code query-block-jobs}. */
    record BlockJobInfo(
            String device,
            String type,
            long len,
            long offset,
            long speed,
            String status,
            boolean paused,
            boolean busy,
            boolean ready,
            String ioStatus,
            boolean autoFinalize,
            boolean autoDismiss) {}

    /** The end of a job, for its last events. */
    record Outcome(String device, String type, long len, long offset, long speed) {}
}
