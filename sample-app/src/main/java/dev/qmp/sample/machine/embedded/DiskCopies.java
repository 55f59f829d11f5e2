package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpEvent;
import dev.qmp.server.CommandRejection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The jobs of one machine, which are copies of its disk. They progress with time. A test that decides itself how a job
 * goes on uses {@link dev.qmp.server.simulation.JobSimulation} instead.
 *
 * <p>Thread safety: any thread may use it.
 */
final class DiskCopies {

    private static final String ROUTINE = "routine-copy";
    private static final long ROUTINE_SPEED = 64L << 20;

    private final Consumer<QmpEvent> events;
    private final Map<String, DiskCopy> jobs = new LinkedHashMap<>();
    private long lastAdvance = System.nanoTime();

    DiskCopies(Consumer<QmpEvent> events) {
        this.events = events;
    }

    synchronized void start(String id, long speed) throws CommandRejection {
        if (jobs.containsKey(id)) {
            throw new CommandRejection("Job ID '" + id + "' already in use");
        }
        DiskCopy job = new DiskCopy(id, speed, events);
        jobs.put(id, job);
        job.start();
    }

    /** Starts a copy of the disk from time to time, as a demonstration. */
    synchronized void startRoutineCopy() {
        if (!jobs.containsKey(ROUTINE)) {
            DiskCopy job = new DiskCopy(ROUTINE, ROUTINE_SPEED, events);
            jobs.put(ROUTINE, job);
            job.start();
        }
    }

    synchronized void pause(String id) throws CommandRejection {
        DiskCopy job = find(id);
        if (job.isPaused()) {
            throw new CommandRejection("Job is already paused");
        }
        job.pause();
    }

    synchronized void resume(String id) throws CommandRejection {
        DiskCopy job = find(id);
        if (!job.isPaused()) {
            throw new CommandRejection("Can't resume a job that was not paused");
        }
        job.resume();
    }

    synchronized void cancel(String id) throws CommandRejection {
        DiskCopy job = find(id);
        jobs.remove(id);
        job.cancel();
    }

    synchronized void advance() {
        long now = System.nanoTime();
        double seconds = (now - lastAdvance) / 1e9;
        lastAdvance = now;
        jobs.values().removeIf(job -> job.advance(seconds));
    }

    synchronized <T> List<T> list(Function<DiskCopy, T> form) {
        return jobs.values().stream().map(form).toList();
    }

    private DiskCopy find(String id) throws CommandRejection {
        DiskCopy job = jobs.get(id);
        if (job == null) {
            throw new CommandRejection("Job not found");
        }
        return job;
    }
}
