package dev.qmp.server.simulation;

import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Simulates QEMU's jobs on a {@link QmpServer}: mirror, backup, commit, stream, create, and the three snapshot jobs.
 * Both APIs for jobs are simulated: {@code job-*} and {@code block-job-*}.
 *
 * <p>A job runs and makes no progress by itself. The test advances it with {@link #progress}, {@link #complete} and
 * {@link #fail}. After {@link #completeAtOnce} all jobs complete at once.
 *
 * <p>Differences from QEMU:
 *
 * <ul>
 * <li>disks are not checked, and each has 1 GiB
 * <li>all events of a command precede its reply, while QEMU sends some of them after it
 * <li>a job pauses at a command and at an error only, and a snapshot job does not stop the guest
 * </ul>
 *
 * <p>{@link QmpServer#reset()} removes the handlers, so create the simulation again then.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public final class JobSimulation {

    private static final String ID = "id";
    private static final String DEVICE = "device";
    private static final String JOB_ID = "job-id";

    private final QmpServer server;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition started = lock.newCondition();
    /** The jobs by id, in the order of their start, without dismissed jobs. */
    private final Map<String, SimulatedJob> jobs = new LinkedHashMap<>();

    private boolean completesAtOnce;

    private JobSimulation(QmpServer server) {
        this.server = server;
    }

    /** {@return a simulation whose commands the server handles from now on} */
    public static JobSimulation on(QmpServer server) {
        Objects.requireNonNull(server, "server");
        JobSimulation simulation = new JobSimulation(server);
        simulation.install();
        return simulation;
    }

    private void install() {
        for (JobKind kind : JobKind.values()) {
            kind.commands().forEach(command -> server.handle(command, locked(arguments -> start(kind, arguments))));
        }
        act("pause", DEVICE, job -> job.pause());
        act("resume", DEVICE, job -> job.resume());
        act("complete", DEVICE, job -> job.complete());
        act("finalize", ID, job -> job.finish());
        act("dismiss", ID, job -> job.dismiss());
        server.handle("job-cancel", locked(arguments -> act(find(arguments), job -> job.cancel(true))));
        server.handle("block-job-cancel", locked(arguments -> {
            SimulatedJob job = findBlockJob(arguments, DEVICE);
            boolean force = arguments.path("force").asBoolean(false);
            return act(job, cancelled -> cancelled.cancel(force));
        }));
        server.handle("block-job-set-speed", locked(arguments -> {
            SimulatedJob job = findBlockJob(arguments, DEVICE);
            long speed = Arguments.required(arguments, "speed").asLong(0);
            return act(job, limited -> limited.setSpeed(speed));
        }));
        server.handle("query-jobs", locked(arguments -> list(job -> true, SimulatedJob::info)));
        server.handle("query-block-jobs", locked(arguments -> list(SimulatedJob::isBlockJob, SimulatedJob::blockInfo)));
    }

    /**
     * Sets the handlers of a verb in both APIs.
     *
     * @param name the argument with the job's id in the older API
     */
    private void act(String verb, String name, JobAction action) {
        server.handle("job-" + verb, locked(arguments -> act(find(arguments), action)));
        server.handle("block-job-" + verb, locked(arguments -> act(findBlockJob(arguments, name), action)));
    }

    private CommandHandler locked(Action action) {
        return (QmpCommand command) -> {
            JsonNode given = command.arguments();
            lock.lock();
            try {
                return action.run(given == null ? QmpJson.object() : given);
            } finally {
                lock.unlock();
            }
        };
    }

    private JsonNode start(JobKind kind, JsonNode arguments) throws CommandRejection {
        String id = Arguments.requiredText(arguments, kind.isBlockJob() && !arguments.has(JOB_ID) ? DEVICE : JOB_ID);
        if (!Arguments.isIdentifier(id)) {
            throw new CommandRejection("Invalid job ID '" + id + "'");
        }
        if (jobs.containsKey(id)) {
            throw new CommandRejection("Job ID '" + id + "' already in use");
        }
        SimulatedJob job = new SimulatedJob(id, kind, arguments, server::emit);
        jobs.put(id, job);
        job.start();
        if (completesAtOnce) {
            job.completeData();
            removeIfDismissed(job);
        }
        started.signalAll();
        return QmpJson.object();
    }

    private JsonNode act(SimulatedJob job, JobAction action) throws CommandRejection {
        action.run(job);
        removeIfDismissed(job);
        return QmpJson.object();
    }

    private void removeIfDismissed(SimulatedJob job) {
        if (job.status() == SimulatedJob.Status.NULL) {
            jobs.remove(job.id());
        }
    }

    private SimulatedJob find(JsonNode arguments) throws CommandRejection {
        SimulatedJob job = jobs.get(Arguments.requiredText(arguments, ID));
        if (job == null) {
            throw new CommandRejection("Job not found");
        }
        return job;
    }

    private SimulatedJob findBlockJob(JsonNode arguments, String name) throws CommandRejection {
        String id = Arguments.requiredText(arguments, name);
        SimulatedJob job = jobs.get(id);
        if (job == null || !job.isBlockJob()) {
            throw new CommandRejection("DeviceNotActive", "Block job '" + id + "' not found");
        }
        return job;
    }

    /** {@return the jobs in QEMU's order: the newest first} */
    private JsonNode list(Predicate<SimulatedJob> which, Function<SimulatedJob, JsonNode> form) {
        List<JsonNode> listed =
                new ArrayList<>(jobs.values().stream().filter(which).map(form).toList());
        Collections.reverse(listed);
        return QmpJson.toTree(listed);
    }

    /** {@return the ids of the jobs that are not dismissed, in the order of their start} */
    public List<String> ids() {
        lock.lock();
        try {
            return List.copyOf(jobs.keySet());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until a job exists.
     *
     * @throws TimeoutException if it was not started in time
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitJob(String id, Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(timeout, "timeout");
        long left = timeout.toNanos();
        lock.lock();
        try {
            while (!jobs.containsKey(id)) {
                if (left <= 0) {
                    throw new TimeoutException("no job '" + Text.printable(id) + "' within " + timeout);
                }
                left = started.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes each job that is started from now on copy all its data at once. */
    public void completeAtOnce() {
        lock.lock();
        try {
            completesAtOnce = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sets the share of its data that a job has copied.
     *
     * @param share from 0.0 to 1.0
     * @throws IllegalArgumentException if no job has this id, or the share is out of range
     * @throws IllegalStateException if the job does not run
     */
    public void progress(String id, double share) {
        Objects.requireNonNull(id, "id");
        if (!(share >= 0.0 && share <= 1.0)) {
            throw new IllegalArgumentException("share must be from 0.0 to 1.0, was " + share);
        }
        move(id, job -> job.progress(share));
    }

    /**
     * Completes the copying of a job. A mirror and an active commit become ready, and end with {@code job-complete}.
     * Other jobs end at once. If the job is ready already, this method ends it as {@code job-complete} does.
     *
     * @throws IllegalArgumentException if no job has this id
     * @throws IllegalStateException if the job does not run
     */
    public void complete(String id) {
        move(id, job -> job.completeData());
    }

    /**
     * Has an I/O error occur in a job, such as {@code No space left on device}. The job ends with this error.
     *
     * <p>The job's argument {@code on-target-error} or {@code on-error} can change that. With {@code stop}, the job
     * pauses until the client resumes it. With {@code enospc}, it does so at {@code No space left on device} only. With
     * {@code ignore}, it continues.
     *
     * @throws IllegalArgumentException if no job has this id
     * @throws IllegalStateException if the job does not run
     */
    public void fail(String id, String error) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(error, "error");
        move(id, job -> job.fail(error));
    }

    private void move(String id, Consumer<SimulatedJob> step) {
        Objects.requireNonNull(id, "id");
        lock.lock();
        try {
            SimulatedJob job = jobs.get(id);
            if (job == null) {
                throw new IllegalArgumentException("no job '" + Text.printable(id) + "'; there are "
                        + Text.printable(jobs.keySet().toString()));
            }
            step.accept(job);
            removeIfDismissed(job);
        } finally {
            lock.unlock();
        }
    }

    /** Handles a command's arguments under the lock. */
    private interface Action {

        JsonNode run(JsonNode arguments) throws CommandRejection;
    }

    /** A verb of the job commands, applied to one job. */
    private interface JobAction {

        void run(SimulatedJob job) throws CommandRejection;
    }
}
